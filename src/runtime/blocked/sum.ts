/**
 * Sums over all positions of images: means of norms and gradients of biases; and inner products of two images, which are
 * convolutions of each channel with the other image as the kernel.
 */
import type { NodeProto } from "onnx-buf"
import { sameShape } from "../../tensor/Shape.ts"
import type { Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { integerOf, isStandard, type Rule } from "./nodes.ts"

interface Sum {
  readonly image: string
  readonly result: string
  readonly overSamples: boolean
  readonly keepsAxes: boolean
}

/** A node as a sum over all positions of an image. */
const asSum = (layout: Layout, node: NodeProto | undefined): Sum | undefined => {
  if (node === undefined || !isStandard(node, "ReduceSum")) return undefined
  const [image, axes] = node.input as [string, string | undefined]
  const over = layout
    .listOf(axes ?? "")
    ?.toSorted((a, b) => a - b)
    .join()
  if (!layout.fits(image) || (over !== "2,3" && over !== "0,2,3")) return undefined
  return { image, result: node.output[0]!, overSamples: over === "0,2,3", keepsAxes: integerOf(node, "keepdims") !== 0 }
}

/** What a node makes of sums for each channel of each sample. [N, C, 1, 1] */
const finish = (layout: Layout, { image, result, overSamples, keepsAxes }: Sum, sums: string): void => {
  const [samples, channels] = layout.imageSizesOf(image)
  const axes = layout.sizes([0])
  const keep = [layout.make.int("keepdims", 1)]
  const total = overSamples ? layout.standard("ReduceSum", [sums, axes], layout.named(result, "total"), keep) : sums
  const sizes = [...(overSamples ? (keepsAxes ? [1] : []) : [samples]), channels, ...(keepsAxes ? [1, 1] : [])]
  layout.reshape(total, sizes, result)
}

export const sumPositions: Rule = (layout, node) => {
  const sum = asSum(layout, node)
  if (sum === undefined || !layout.isBlocked(sum.image)) return false
  const [, , height, width] = layout.imageSizesOf(sum.image)
  const totals = layout.named(sum.image, "totals")
  layout.once(totals, () => {
    const means = layout.inBlocks("GlobalAveragePool", [layout.blocked(sum.image)], `${totals}/means`)
    layout.standard("Mul", [means, layout.number(height * width)], totals)
  })
  finish(layout, sum, totals)
  return true
}

/** Σ a b over all positions, of a product that is wanted for nothing else. */
export const innerProduct: Rule = (layout, node) => {
  if (!isStandard(node, "Mul")) return false
  const user = layout.onlyUserOf(node.output[0]!)
  const sum = asSum(layout, user)
  const [a, b] = node.input as [string, string]
  if (user === undefined || sum === undefined || ![a, b].some(layout.isBlocked)) return false
  if (!layout.fits(a) || !sameShape(layout.shapeOf(a), layout.shapeOf(b))) return false
  const [samples, channels, height, width] = layout.imageSizesOf(a)
  const inOne = (name: string, shape: ReadonlyArray<number>): string => {
    const own = layout.named(name, shape.join("x"))
    return layout.once(own, () => layout.reshape(layout.blocked(name), shape, own))
  }
  const images = inOne(a, [1, samples * channels, height, width])
  const kernels = inOne(b, [samples * channels, 1, height, width])
  const own = convolutionAttributes(layout.make, [height, width], { group: samples * channels })
  const products = layout.inBlocks("Conv", [images, kernels], layout.named(sum.result, "products"), own)
  finish(layout, sum, layout.reshape(products, [samples, channels, 1, 1], `${products}/each`))
  layout.take(user)
  return true
}
