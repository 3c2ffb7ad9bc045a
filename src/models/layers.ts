/**
 * Layers that several networks are made of, as compositions of ops. They know no network.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"

/** W a + b for every sample. [out, in] · [in, N] + [out] → [out, N] */
export const affine = (g: Builder, weight: Node, bias: Node, a: Node): Node => {
  const product = g.matmul(weight, a)
  const column = g.reshape(bias, { shape: [bias.shape[0]!, 1] })
  return g.add(product, g.expand(column, { shape: product.shape }))
}

/** a Wᵀ + b for every row. [R, in] · [in, out] + [out] → [R, out] */
export const affineRows = (g: Builder, weight: Node, bias: Node, a: Node): Node => {
  const product = g.matmul(a, g.transpose(weight))
  return g.add(product, g.expand(bias, { shape: product.shape }))
}

/** A number per channel, for every position of every image. [C] → [N, C, H, W] */
export const perChannel = (g: Builder, vector: Node, like: Node): Node =>
  g.expand(g.reshape(vector, { shape: [vector.shape[0]!, 1, 1] }), { shape: like.shape })

/** A convolution that keeps the size of the image, but for its stride. The kernel's size is odd. */
export const convolve = (g: Builder, kernels: Node, x: Node, stride = 1): Node => {
  const [vertical, horizontal] = [(kernels.shape[2]! - 1) / 2, (kernels.shape[3]! - 1) / 2]
  return g.conv2d(x, kernels, { strides: [stride, stride], padding: [vertical, horizontal, vertical, horizontal] })
}

/** Mean over axes, kept with size 1. */
export const mean = (g: Builder, a: Node, axes: ReadonlyArray<number>): Node => {
  const total = g.sum(a, { axes, keepDims: true })
  const count = axes.reduce((product, axis) => product * a.shape[axis]!, 1)
  return g.mul(g.constant(1 / count, total.shape, a.dtype), total)
}

/** PyTorch's ε of every normalisation. */
const epsilon = 1e-5

export interface Moments {
  /** a − mean. [S] */
  readonly centered: Node
  /** 1 / √(variance + ε), as `average` gives it. */
  readonly inverse: Node
}

/** What normalisation needs, given means that have the axes of what they are of, some with size 1. */
export const momentsOf = (g: Builder, a: Node, average: (values: Node) => Node): Moments => {
  const centered = g.sub(a, g.expand(average(a), { shape: a.shape }))
  const variance = average(g.mul(centered, centered))
  return { centered, inverse: g.rsqrt(g.add(variance, g.constant(epsilon, variance.shape, a.dtype))) }
}
