/**
 * Numbers for each channel, of every sample or of all: factors and summands of whole images, as in norms. In blocks they are
 * the kernels [1, 1] and the biases of a convolution of each channel of each sample by itself: factor, summand, another image
 * and an activation in one pass over memory.
 */
import type { Layout } from "./Layout.ts"
import { isStandard, type Rule } from "./nodes.ts"

/** Of the channels of an image: `all` samples have the same numbers, or `each` its own; undefined if it is something else. */
const kindOf = (layout: Layout, name: string, image: string): "all" | "each" | undefined => {
  const [samples, channels] = layout.shapeOf(image)
  const sizes = layout.shapeOf(name)
  const [before, own, ...positions] = sizes.length === 3 ? [1, ...sizes] : sizes
  if (own !== channels || positions.length !== 2 || positions.some((size) => size !== 1)) return undefined
  return before === samples ? "each" : before === 1 ? "all" : undefined
}

/** One number for each channel of each sample. [N, C, 1, 1], [C, 1, 1] → [N · C], or [N · C, 1, 1, 1] as a kernel */
const spread = (layout: Layout, name: string, image: string, rank: 1 | 4): string => {
  const [samples, channels] = layout.shapeOf(image) as [number, number]
  layout.needPlain(name)
  const whole = layout.named(name, `${samples}x${channels}`)
  const isAll = kindOf(layout, name, image) === "all" && samples > 1
  const of = isAll
    ? layout.once(whole, () => layout.standard("Expand", [name, layout.sizes([samples, channels, 1, 1])], whole))
    : name
  const flat = layout.named(name, `${samples}x${channels}/${rank}`)
  return layout.once(flat, () =>
    layout.reshape(of, rank === 1 ? [samples * channels] : [samples * channels, 1, 1, 1], flat)
  )
}

const scaled = (layout: Layout, image: string, kernel: string, bias?: string) => {
  const [samples, channels] = layout.shapeOf(image) as [number, number]
  const { make } = layout
  return {
    image: layout.blocked(image),
    kernel,
    ...(bias === undefined ? {} : { bias }),
    isPerChannel: true,
    attributes: [
      make.ints("kernel_shape", [1, 1]),
      make.ints("strides", [1, 1]),
      make.ints("pads", [0, 0, 0, 0]),
      make.ints("dilations", [1, 1]),
      make.int("group", samples * channels)
    ]
  }
}

/** A kernel that changes nothing. */
const unit = (layout: Layout, image: string): string => {
  const [samples, channels] = layout.shapeOf(image) as [number, number]
  const name = layout.named("ones", `${samples}x${channels}`)
  return layout.once(name, () => layout.reshape(layout.ones(samples * channels), [samples * channels, 1, 1, 1], name))
}

export const applyPerChannel: Rule = (layout, node) => {
  if (!isStandard(node, "Mul", "Add", "Sub")) return false
  const result = node.output[0]!
  const [a, b] = node.input as [string, string]
  const swapped = node.opType !== "Sub" && kindOf(layout, a, result) !== undefined
  const [image, numbers] = swapped ? [b, a] : [a, b]
  const kind = kindOf(layout, numbers, result)
  if (kind === undefined || !layout.fits(result) || !layout.fits(image) || !layout.isBlocked(image)) return false
  if (node.opType === "Mul") {
    layout.putOff(result, scaled(layout, image, spread(layout, numbers, image, 4)))
    return true
  }
  const signed = layout.named(numbers, "negative")
  layout.needPlain(numbers)
  const summand = node.opType === "Add" ? numbers : layout.once(signed, () => layout.standard("Neg", [numbers], signed))
  const taker = layout.open(image)
  if (taker?.bias === undefined && taker?.isPerChannel === true)
    layout.extend(image, result, { bias: spread(layout, summand, image, 1) })
  else layout.putOff(result, scaled(layout, image, unit(layout, image), spread(layout, summand, image, 1)))
  return true
}
