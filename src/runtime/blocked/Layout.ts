/**
 * Which values of a graph lie in blocks of channels, which as they are declared, which in both; and convolutions that are put off
 * until it is known what they can take with them. Knows no rule for any op.
 *
 * Declared shapes stay [N, C, H, W], while the elements of a value in blocks lie as [N, C / b, H, W, b].
 */
import type { AttributeMessage } from "./Messages.ts"
import type { Writing } from "./Writing.ts"

/** A convolution that is not written yet: σ(kernel ∗ image + bias + sum). */
export interface Convolution {
  /** In blocks, as is the sum. */
  readonly image: string
  readonly kernel: string
  readonly bias?: string
  readonly sum?: string
  readonly activation?: string
  readonly attributes: ReadonlyArray<AttributeMessage>
  /** Each channel of each sample by itself: all images are one row of N · C channels. */
  readonly isPerChannel: boolean
}

export interface Layout extends Writing {
  /** Whether a value is one of images, whose channels fill blocks. Images of one position lie the same in both ways. */
  readonly fits: (name: string) => boolean
  /** Whether a value is in blocks, or will be. */
  readonly isBlocked: (name: string) => boolean
  /** The name under which a value lies in blocks, from now on. */
  readonly blocked: (name: string) => string
  /** Sees to it that a value is there as it is declared. */
  readonly needPlain: (name: string) => void
  /** A value that was made in blocks. */
  readonly hold: (name: string, inBlocks: string) => void
  readonly putOff: (name: string, convolution: Convolution) => void
  /** A convolution that can still take something with it: it waits, and only one node wants what it makes. */
  readonly open: (name: string) => Convolution | undefined
  /** Puts off what an open convolution has become with what it has taken, under the name of that. */
  readonly extend: (name: string, to: string, by: Partial<Convolution>) => void
}

export const makeLayout = (writing: Writing): Layout => {
  const { block, make, shapeOf, once, reshape } = writing
  const inBlocks = new Map<string, string>()
  /** Of those in blocks, the ones that are there as declared, too. */
  const inBoth = new Set<string>()
  const waiting = new Map<string, Convolution>()

  /** [N, C, H, W] → [1, N · C, 1, H · W] */
  const asOneRow = (name: string, like: string): string =>
    once(`${name}/row`, () => {
      const [samples, channels, height, width] = writing.imageSizesOf(like)
      reshape(name, [1, samples * channels, 1, height * width], `${name}/row`)
    })

  const write = (name: string, convolution: Convolution): string => {
    const { image, kernel, bias = "", sum, activation, attributes, isPerChannel } = convolution
    const placed = (value: string): string => (isPerChannel ? asOneRow(value, name) : value)
    const inputs = [placed(image), kernel, ...(sum === undefined ? (bias === "" ? [] : [bias]) : [bias, placed(sum)])]
    const all = [...attributes, ...(activation === undefined ? [] : [make.text("activation", activation)])]
    const output = writing.named(name, "convolved")
    if (!isPerChannel) return writing.inBlocks("Conv", inputs, output, all)
    once(`${output}/row`, () => writing.inBlocks("Conv", inputs, `${output}/row`, all))
    return reshape(`${output}/row`, shapeOf(name), output)
  }

  const blocked: Layout["blocked"] = (name) => {
    const known = inBlocks.get(name)
    if (known !== undefined) return known
    const convolution = waiting.get(name)
    waiting.delete(name)
    if (convolution === undefined) inBoth.add(name)
    const made =
      convolution === undefined
        ? writing.inBlocks("ReorderInput", [name], writing.named(name, "ordered"))
        : write(name, convolution)
    inBlocks.set(name, made)
    return made
  }

  const isBlocked: Layout["isBlocked"] = (name) => inBlocks.has(name) || waiting.has(name)

  return {
    ...writing,
    fits: (name) => {
      const [, channels = 0, height = 0, width = 0, ...more] = shapeOf(name)
      const isImage = writing.typeOf(name) === "float32" && more.length === 0 && height * width > 1
      return isImage && channels % block === 0
    },
    isBlocked,
    blocked,
    needPlain: (name) => {
      if (!isBlocked(name) || inBoth.has(name)) return
      writing.inBlocks("ReorderOutput", [blocked(name)], name, [make.int("channels", shapeOf(name)[1]!)])
      inBoth.add(name)
    },
    hold: (name, made) => void inBlocks.set(name, made),
    putOff: (name, convolution) => void waiting.set(name, convolution),
    open: (name) => {
      const convolution = waiting.get(name)
      const isOpen = convolution?.activation === undefined && writing.onlyUserOf(name) !== undefined
      return isOpen ? convolution : undefined
    },
    extend: (name, to, by) => {
      const convolution = waiting.get(name)!
      waiting.delete(name)
      waiting.set(to, { ...convolution, ...by })
    }
  }
}
