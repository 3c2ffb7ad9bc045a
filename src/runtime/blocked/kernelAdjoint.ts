/**
 * The adjoint of a convolution in its kernels, as one convolution whose channels are the samples:
 *
 *     W̄[o, i, k, l] = Σ_n Σ_pq  C[n, o, p, q] · X[n, i, s p + k, t q + l]
 *
 * The cotangent C is the kernel, as large as an image, dilated by the strides s and t. That would leave a result of a few
 * pixels, k by l, too few for a processor to work on side by side. So channels i lie along the rows of the image, next to each
 * other in every pixel: the kernel steps over t · I of them, and the result has l · I columns.
 */
import type { NodeProto } from "onnx-buf"
import { functionDomain, functionPrefix } from "../../onnx/Call.ts"
import type { Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { integersOf, type Rule } from "./nodes.ts"
import { blocksOf, kernelsOf, samplesOf } from "./samples.ts"
import type { Writing } from "./Writing.ts"

/** Blocks of samples hold zeros after the last sample; where those are more than this part of all, the other form is as fast. */
const mostZeros = 0.4

type Pair = readonly [down: number, across: number]

/** What a convolution is given for images of `channels`, and how it steps over them. */
interface Grid {
  readonly channels: number // I
  readonly size: Pair // [H, W]
  /** Of the cotangent. */
  readonly outputs: Pair // [P, Q]
  readonly kernel: Pair
  readonly strides: Pair // [s, t]
  readonly padding: Pair // above and to the left
}

/** A kernel of one pixel sees no more of the images than the pixels that it steps on. [N / b, H, W, I · b] → [N / b, P, Q, I · b] */
const steppedOn = (writing: Writing, images: string, grid: Grid, output: string): readonly [string, Grid] => {
  const { size, outputs, kernel, strides } = grid
  const isOfOnePixel = kernel.every((extent) => extent === 1) // which has no padding
  if (!isOfOnePixel || strides.every((stride) => stride === 1)) return [images, grid]
  const operands = [[0, 0], size, [1, 2], strides].map(writing.sizes)
  return [writing.standard("Slice", [images, ...operands], output), { ...grid, size: outputs, strides: [1, 1] }]
}

/** The images [1, N′, H′, W′ · I], with what is around their rows, and the attributes of the convolution that sums over them. */
const laidOut = (layout: Layout, image: string, whole: Grid, result: string) => {
  const blocks = samplesOf(layout, image)
  const [images, grid] = steppedOn(layout, blocks, whole, layout.named(result, "steppedOn"))
  const { channels, outputs, kernel, strides, padding } = grid
  const [height, width] = grid.size
  const [top, left] = padding
  // As much below and to the right as the kernel reaches: less than nothing where strides leave a rest.
  const bottom = kernel[0] + strides[0] * (outputs[0] - 1) - top - height
  const right = kernel[1] + strides[1] * (outputs[1] - 1) - left - width
  const around = [0, 0, left, 0, 0, Math.min(0, bottom), right, 0]
  const fitting = around.every((count) => count === 0)
    ? images
    : layout.standard("Pad", [images, layout.sizes(around)], layout.named(result, "padded"))
  const samples = blocksOf(layout, layout.imageSizesOf(image)[0]) * layout.block
  const shape = [1, samples, height + Math.min(0, bottom), (left + width + right) * channels]
  return {
    images: layout.reshape(fitting, shape, layout.named(result, "images")),
    attributes: convolutionAttributes(layout.make, outputs, {
      pads: [top, 0, Math.max(0, bottom), 0],
      dilations: [strides[0], strides[1] * channels]
    })
  }
}

const pairOf = (node: NodeProto, name: string): Pair => {
  const [down, across] = integersOf(node, name)!
  return [down!, across!]
}

export const adjoinKernel: Rule = (layout, node) => {
  if (node.domain !== functionDomain || !node.opType.startsWith(functionPrefix("conv2dKernel"))) return false
  const { block, make } = layout
  const [image, cotangent] = node.input as [string, string]
  const result = node.output[0]!
  if (layout.typeOf(image) !== "float32" || !layout.fits(cotangent)) return false
  const [samples, channels, ...size] = layout.imageSizesOf(image)
  const [, outputs, ...pixels] = layout.imageSizesOf(cotangent)
  const all = blocksOf(layout, samples) * block
  if (all - samples > mostZeros * all) return false
  if (layout.fits(image)) layout.blocked(image)
  else layout.needPlain(image)
  const kernel = pairOf(node, "kernel")
  const [strides, padding] = [pairOf(node, "strides"), pairOf(node, "padding")]
  const grid = { channels, size, outputs: pixels, kernel, strides, padding }
  const { images, attributes } = laidOut(layout, image, grid, result)
  const given = [images, kernelsOf(layout, cotangent)]
  const sums = layout.inBlocks("Conv", given, layout.named(result, "sums"), attributes) // [O / b, h, w · I, b]
  const area = kernel[0] * kernel[1]
  const order = [make.int("channels", outputs)]
  const flat = layout.inBlocks("ReorderOutput", [sums], layout.named(result, "flat"), order) // [1, O, h, w · I]
  const apart = layout.reshape(flat, [outputs, area, channels], layout.named(result, "apart"))
  const axes = [make.ints("perm", [0, 2, 1])]
  const turned = area === 1 ? apart : layout.standard("Transpose", [apart], layout.named(result, "turned"), axes)
  layout.reshape(turned, [outputs, channels, ...kernel], result)
  return true
}
