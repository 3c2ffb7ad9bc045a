/**
 * The adjoint of a convolution in its kernels, as one convolution whose channels are the samples:
 *
 *     W̄[o, i, k, l] = Σ_n Σ_pq  C[n, o, p, q] · X[n, i, s p + k, t q + l]
 *
 * The cotangent C is the kernel, as large as an image, dilated by the strides s and t. That would leave a result of a few
 * pixels, k by l, too few for a processor to work on side by side. So channels i lie along the rows of the image, next to each
 * other in every pixel: the kernel steps over t · I of them, and the result has l · I columns.
 */
import { functionDomain, functionPrefix } from "../../onnx/Call.ts"
import type { Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { integersOf, type Rule } from "./nodes.ts"
import type { Writing } from "./Writing.ts"

/** Blocks of samples hold zeros after the last sample; where those are more than this part of all, the other form is as fast. */
const mostZeros = 0.4

/** ⌈N / b⌉ */
const blocksOf = ({ block }: Writing, samples: number): number => Math.ceil(samples / block)

/** With zeros after the last sample. [N, …] → [N′, …] */
const filled = (writing: Writing, name: string, samples: number, to: number, output: string): string => {
  if (samples === to) return name
  return writing.standard("Pad", [name, writing.sizes([0, 0, 0, 0, to - samples, 0, 0, 0])], output)
}

/** Images with samples in blocks and channels along rows. [N, I, H, W] → [N / b, H, W, I · b], as it lies in memory */
const withSamplesInBlocks = (layout: Layout, image: string): string => {
  const isBlocked = layout.isBlocked(image)
  const home = isBlocked ? layout : layout.homeOf(image)
  const { block, make } = home
  const [samples, channels, height, width] = home.imageSizesOf(image)
  const area = height * width
  const name = home.named(image, "samples")
  return home.once(name, () => {
    const [outer, inner] = isBlocked ? [channels / block, block] : [channels, 1] // I = outer · inner
    const blocks = blocksOf(home, samples)
    const from = filled(home, isBlocked ? layout.blocked(image) : image, samples, blocks * block, `${name}/filled`)
    const flat = home.reshape(from, [1, blocks * block, outer * area, inner], `${name}/flat`)
    const moved = home.inBlocks("ReorderInput", [flat], `${name}/moved`) // [N / b, outer, H, W, inner, b]
    const apart = home.reshape(moved, [blocks, outer, area, inner * block], `${name}/apart`)
    const turned =
      outer === 1 ? apart : home.standard("Transpose", [apart], `${name}/turned`, [make.ints("perm", [0, 2, 1, 3])])
    home.reshape(turned, [blocks, height, width, channels * block], name)
  })
}

/** The cotangent as kernels of as many outputs. [N, O, P, Q] → [O / b, N / b, P, Q, b, b], declared [O, N, P, Q] */
const asKernels = (layout: Layout, cotangent: string): string => {
  const { block, make } = layout
  const [samples, outputs, rows, columns] = layout.imageSizesOf(cotangent)
  const name = layout.named(cotangent, "kernels")
  return layout.once(name, () => {
    const blocks = blocksOf(layout, samples)
    const whole = filled(layout, layout.blocked(cotangent), samples, blocks * block, `${name}/filled`)
    const apart = [blocks, block, outputs / block, rows * columns, block]
    const split = layout.reshape(whole, apart, `${name}/split`)
    const moved = layout.standard("Transpose", [split], `${name}/moved`, [make.ints("perm", [2, 0, 3, 1, 4])])
    layout.reshape(moved, [outputs, blocks * block, rows, columns], name)
  })
}

export const adjoinKernel: Rule = (layout, node) => {
  if (node.domain !== functionDomain || !node.opType.startsWith(functionPrefix("conv2dKernel"))) return false
  const { block, make } = layout
  const [image, cotangent] = node.input as [string, string]
  const result = node.output[0]!
  if (layout.typeOf(image) !== "float32" || !layout.fits(cotangent)) return false
  const [samples, channels, height, width] = layout.imageSizesOf(image)
  const [, outputs, rows, columns] = layout.imageSizesOf(cotangent)
  const all = blocksOf(layout, samples) * block
  if (all - samples > mostZeros * all) return false
  if (layout.fits(image)) layout.blocked(image)
  else layout.needPlain(image)
  const [down, across] = integersOf(node, "strides") as [number, number]
  const [top, left] = integersOf(node, "padding") as [number, number]
  const [kernelRows, kernelColumns] = integersOf(node, "kernel") as [number, number]
  // As much below and to the right as the kernel reaches: less than nothing where strides leave a rest.
  const bottom = kernelRows + down * (rows - 1) - top - height
  const right = kernelColumns + across * (columns - 1) - left - width
  const around = [0, 0, left, 0, 0, Math.min(0, bottom), right, 0]
  const whole = withSamplesInBlocks(layout, image)
  const padded = layout.named(result, "padded")
  const fitting = around.every((count) => count === 0)
    ? whole
    : layout.standard("Pad", [whole, layout.sizes(around)], padded)
  const shape = [1, all, height + Math.min(0, bottom), (left + width + right) * channels]
  const images = layout.reshape(fitting, shape, layout.named(result, "images"))
  const own = convolutionAttributes(make, [rows, columns], {
    pads: [top, 0, Math.max(0, bottom), 0],
    dilations: [down, across * channels]
  })
  const given = [images, asKernels(layout, cotangent)]
  const sums = layout.inBlocks("Conv", given, layout.named(result, "sums"), own) // [O / b, h, w · I, b]
  const area = kernelRows * kernelColumns
  const order = [make.int("channels", outputs)]
  const flat = layout.inBlocks("ReorderOutput", [sums], layout.named(result, "flat"), order) // [1, O, h, w · I]
  const apart = layout.reshape(flat, [outputs, area, channels], layout.named(result, "apart"))
  const axes = [make.ints("perm", [0, 2, 1])]
  const turned = area === 1 ? apart : layout.standard("Transpose", [apart], layout.named(result, "turned"), axes)
  layout.reshape(turned, [outputs, channels, kernelRows, kernelColumns], result)
  return true
}
