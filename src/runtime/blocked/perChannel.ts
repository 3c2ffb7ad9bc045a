/**
 * Numbers for each channel, of every sample or of all: factors and summands of whole images, as in norms. In blocks they are
 * the kernels [1, 1] and the biases of a convolution of each channel of each sample by itself: factor, summand, another image
 * and an activation in one pass over memory.
 */
import { sameShape } from "../../tensor/Shape.ts"
import type { Convolution, Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { isStandard, type Rule } from "./nodes.ts"

/** Of the channels of an image: `all` samples have the same numbers, or `each` its own; undefined if it is something else. */
const kindOf = (layout: Layout, name: string, image: string): "all" | "each" | undefined => {
  const [samples, channels] = layout.shapeOf(image)
  const sizes = layout.shapeOf(name)
  const [before, own, ...positions] = sizes.length === 3 ? [1, ...sizes] : sizes
  if (own !== channels || positions.length !== 2 || positions.some((size) => size !== 1)) return undefined
  return before === samples ? "each" : before === 1 ? "all" : undefined
}

interface Numbers {
  readonly name: string
  readonly kind: "all" | "each"
  /** Of this image. */
  readonly image: string
}

/** The numbers, or their negatives, one for each channel of each sample. [N, C, 1, 1], [C, 1, 1] → [N · C], or [N · C, 1, 1, 1] */
const spread = (layout: Layout, { name, kind, image }: Numbers, as: "kernels" | "biases", negative = false): string => {
  const [samples, channels] = layout.imageSizesOf(image)
  layout.needPlain(name)
  const home = layout.homeOf(name)
  const own = home.named(name, negative ? "negative" : "as")
  const signed = negative ? home.once(own, () => home.standard("Neg", [name], own)) : name
  const all = `${own}/of${samples}`
  const sizes = home.sizes([samples, channels, 1, 1])
  const each = kind === "all" ? home.once(all, () => home.standard("Expand", [signed, sizes], all)) : signed
  const [count, made] = [samples * channels, `${all}/${as}`]
  return home.once(made, () => home.reshape(each, as === "biases" ? [count] : [count, 1, 1, 1], made))
}

const scaled = (layout: Layout, image: string, kernel: string, bias?: string): Convolution => {
  const [samples, channels] = layout.imageSizesOf(image)
  return {
    image: layout.blocked(image),
    kernel,
    ...(bias === undefined ? {} : { bias }),
    isPerChannel: true,
    attributes: convolutionAttributes(layout.make, [1, 1], { group: samples * channels })
  }
}

/** A kernel that changes nothing. */
const unit = (layout: Layout, image: string): string => {
  const [samples, channels] = layout.imageSizesOf(image)
  const count = samples * channels
  const name = layout.named("ones", `${count}`)
  return layout.once(name, () => layout.reshape(layout.ones(count), [count, 1, 1, 1], name))
}

export const applyPerChannel: Rule = (layout, node) => {
  if (!isStandard(node, "Mul", "Add", "Sub")) return false
  const result = node.output[0]!
  const [a, b] = node.input as [string, string]
  const isSwapped = node.opType !== "Sub" && kindOf(layout, a, result) !== undefined
  const [image, name] = isSwapped ? [b, a] : [a, b]
  const kind = kindOf(layout, name, result)
  const isWhole = sameShape(layout.shapeOf(image), layout.shapeOf(result)) // nothing is repeated but the numbers
  if (kind === undefined || !isWhole || !layout.fits(image) || !layout.isBlocked(image)) return false
  const numbers = { name, kind, image }
  if (node.opType === "Mul") {
    layout.putOff(result, scaled(layout, image, spread(layout, numbers, "kernels")))
    return true
  }
  const bias = spread(layout, numbers, "biases", node.opType === "Sub")
  const taker = layout.open(image)
  if (taker?.isPerChannel === true && taker.bias === undefined) layout.extend(image, result, { bias })
  else layout.putOff(result, scaled(layout, image, unit(layout, image), bias))
  return true
}
