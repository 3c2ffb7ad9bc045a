/**
 * How convolutions are calculated with other ops: for element types without a kernel, and where these forms are faster.
 * Every layout is [samples, channels, rows, columns]. Knows nothing of derivatives.
 */
import type { Node } from "../graph/Node.ts"
import type { Shape } from "../tensor/Shape.ts"
import type { Builder, Convolution } from "./Build.ts"

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

const joined = (g: Builder, parts: ReadonlyArray<Node>, axis: number): Node =>
  parts.reduce((before, part) => g.concat(before, part, { axis }))

/** Zeros around the images. [N, C, H, W] → [N, C, top + H + bottom, left + W + right] */
const padded = (g: Builder, x: Node, [top, left, bottom, right]: ReadonlyArray<number>): Node =>
  g.pad(x, { pads: [0, 0, top!, left!, 0, 0, bottom!, right!] })

/** A kernel's place [height, width] and the size of the result [rows, columns]. */
interface Grid {
  readonly kernel: ReadonlyArray<number>
  readonly size: ReadonlyArray<number>
  readonly strides: ReadonlyArray<number>
}

/**
 * The part of images under each place of a kernel, for one place at a time. [N, C, H, W] → [N, C, 1, H′ · W′]
 *
 * Columns that a stride skips are first sorted by their rest, in one pass, after which every part is made of whole runs of
 * columns: onnxruntime is five times slower at taking every other column, once for each place.
 */
const partsOf = (g: Builder, x: Node, { kernel, size, strides }: Grid): ((h: number, v: number) => Node) => {
  const [samples, channels, height, width] = [x.shape[0]!, x.shape[1]!, x.shape[2]!, x.shape[3]!]
  const [rows, columns] = [size[0]!, size[1]!]
  const [down, across] = [strides[0]!, strides[1]!]
  const flat = (part: Node): Node => g.reshape(part, { shape: [samples, channels, 1, rows * columns] })
  const below = (h: number): number => h + down * (rows - 1) + 1
  if (across === 1 || kernel[1] === 1) {
    return (h, v) =>
      flat(
        g.slice(x, {
          axes: [2, 3],
          starts: [h, v],
          ends: [below(h), v + across * (columns - 1) + 1],
          steps: strides
        })
      )
  }
  const runs = Math.ceil(width / across)
  const whole = padded(g, x, [0, 0, 0, runs * across - width])
  const apart = g.reshape(whole, { shape: [samples, channels, height, runs, across] })
  const sorted = g.permute(apart, { order: [0, 1, 4, 2, 3] }) // [N, C, across, H, runs]
  // Two axes in one: across it, onnxruntime cannot move the transpose behind the slices, where it would be slow again.
  const stacked = g.reshape(sorted, { shape: [samples, channels, across * height, runs] })
  return (h, v) => {
    const [start, run] = [(v % across) * height, Math.floor(v / across)]
    return flat(
      g.slice(stacked, {
        axes: [2, 3],
        starts: [start + h, run],
        ends: [start + below(h), run + columns],
        steps: [down, 1]
      })
    )
  }
}

/** For each place in the kernel the part of the images under it. [N, C, H, W] → [N, C · h · w, H′ · W′] */
const columnsOf = (g: Builder, x: Node, grid: Grid): Node => {
  const [height, width] = [grid.kernel[0]!, grid.kernel[1]!]
  const part = partsOf(g, x, grid)
  const parts = range(height).flatMap((h) => range(width).map((v) => part(h, v)))
  const [samples, channels, , area] = parts[0]!.shape as [number, number, number, number]
  return g.reshape(joined(g, parts, 2), { shape: [samples, channels * parts.length, area] })
}

/** Convolution as one product per sample. [N, I, H, W], [O, I, h, w] → [N, O, H′, W′] */
export const columnsForm = (g: Builder, x: Node, w: Node, { strides, padding }: Convolution): Node => {
  const image = padded(g, x, padding)
  const [samples, outputs, kernel] = [x.shape[0]!, w.shape[0]!, w.shape.slice(2)]
  const size = kernel.map((extent, axis) => Math.floor((image.shape[2 + axis]! - extent) / strides[axis]!) + 1)
  const columns = columnsOf(g, image, { kernel, size, strides }) // [N, I·h·w, H′·W′]
  const matrix = g.reshape(w, { shape: [1, outputs, columns.shape[1]!] })
  const product = g.matmul(g.expand(matrix, { shape: [samples, outputs, columns.shape[1]!] }), columns)
  return g.reshape(product, { shape: [samples, outputs, ...size] })
}

/**
 * The adjoint in the images as a convolution: zeros between the elements for strides, kernels turned and their channels
 * swapped. [N, O, H′, W′], [O, I, h, w] → [N, I, H, W]
 */
export const imageForm = (g: Builder, c: Node, w: Node, { strides, padding }: Convolution, shape: Shape): Node => {
  const [samples, outputs, rows, columns] = [c.shape[0]!, c.shape[1]!, c.shape[2]!, c.shape[3]!]
  const gaps = strides.map((step) => step - 1)
  const apart = g.pad(g.reshape(c, { shape: [samples, outputs, rows, 1, columns, 1] }), {
    pads: [0, 0, 0, 0, 0, 0, 0, 0, 0, gaps[0]!, 0, gaps[1]!]
  })
  const spaced = g.reshape(apart, { shape: [samples, outputs, rows * strides[0]!, columns * strides[1]!] })
  const before = [0, 1].map((axis) => w.shape[2 + axis]! - 1 - padding[axis]!)
  const after = [0, 1].map((axis) => shape[2 + axis]! - spaced.shape[2 + axis]! + padding[axis]!)
  // The gaps after the last elements can reach beyond the image.
  const ends = [0, 1].map((axis) => spaced.shape[2 + axis]! + Math.min(0, after[axis]!))
  const fitting = g.slice(spaced, { axes: [2, 3], starts: [0, 0], ends, steps: [1, 1] })
  const turned = g.reverse(g.permute(w, { order: [1, 0, 2, 3] }), { axes: [2, 3] })
  const around = [...before, ...after.map((count) => Math.max(0, count))]
  const isInside = around.every((count, side) => count < w.shape[2 + (side % 2)]!)
  return isInside
    ? g.conv2d(fitting, turned, { strides: [1, 1], padding: around })
    : g.conv2d(padded(g, fitting, around), turned, { strides: [1, 1], padding: [0, 0, 0, 0] })
}

/**
 * The adjoint in the kernels, for strides of 1, with the two directions of the kernel on the two sides of one product:
 * the images shifted along columns, the cotangent shifted along rows. All places of the kernel from one product of
 * 1/h of the size of all of them.
 */
const separableForm = (g: Builder, image: Node, c: Node, kernel: ReadonlyArray<number>): Node => {
  const [samples, channels, rows] = [image.shape[0]!, image.shape[1]!, image.shape[2]!]
  const [outputs, toRows, toColumns] = [c.shape[1]!, c.shape[2]!, c.shape[3]!]
  const [height, width] = [kernel[0]!, kernel[1]!]
  const length = rows * toColumns
  const shifted = range(width).map((v) => {
    const part = g.slice(image, { axes: [3], starts: [v], ends: [v + toColumns], steps: [1] })
    return g.reshape(part, { shape: [samples, 1, channels, length] })
  })
  const left = g.reshape(joined(g, shifted, 1), { shape: [samples, width * channels, length] })
  // Row h is the cotangent after h rows of zeros: c 0 c 0 c, read in rows that are one row of zeros shorter.
  const flat = g.reshape(c, { shape: [samples, outputs, toRows * toColumns] })
  const zeros = g.constant(0, [samples, outputs, length - toRows * toColumns + toColumns], c.dtype)
  const rowsOf = range(height).flatMap((h) => (h === 0 ? [flat] : [zeros, flat]))
  const right = g.reshape(joined(g, rowsOf, 2), { shape: [samples, outputs * height, length] })
  const products = g.matmul(left, g.transpose(right)) // [N, w·I, H·W′] · [N, H·W′, O·h]
  const total = g.sum(products, { axes: [0], keepDims: false })
  return g.permute(g.reshape(total, { shape: [width, channels, outputs, height] }), { order: [2, 1, 3, 0] })
}

/** The adjoint in the kernels, for any strides: one product per sample with the columns of the images. */
const columnsKernelForm = (g: Builder, image: Node, c: Node, grid: Grid): Node => {
  const [samples, outputs] = [c.shape[0]!, c.shape[1]!]
  const columns = columnsOf(g, image, grid) // [N, I·h·w, H′·W′]
  const flat = g.reshape(c, { shape: [samples, outputs, grid.size[0]! * grid.size[1]!] })
  const total = g.sum(g.matmul(flat, g.transpose(columns)), { axes: [0], keepDims: false })
  return g.reshape(total, { shape: [outputs, image.shape[1]!, ...grid.kernel] })
}

/**
 * The adjoint in the kernels, in the form that copies less: the columns of few channels, or shifts of both sides.
 * [N, I, H, W], [N, O, H′, W′] → [O, I, h, w]
 */
export const kernelForm = (
  g: Builder,
  x: Node,
  c: Node,
  { strides, padding, kernel }: Convolution & { readonly kernel: ReadonlyArray<number> }
): Node => {
  const image = padded(g, x, padding)
  const [height, width] = [kernel[0]!, kernel[1]!]
  const [channels, outputs] = [x.shape[1]!, c.shape[1]!]
  const isSeparable =
    strides.every((step) => step === 1) && height * width * channels > width * channels + height * outputs
  return isSeparable
    ? separableForm(g, image, c, kernel)
    : columnsKernelForm(g, image, c, { kernel, size: c.shape.slice(2), strides })
}
