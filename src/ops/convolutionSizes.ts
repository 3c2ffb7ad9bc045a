/**
 * The sizes of a convolution, and the sum over all of its products, in which one of images, kernels and results is what the
 * other two give. Knows nothing of graphs.
 */
import { InvalidAttribute } from "../graph/Errors.ts"
import { type Shape, sizeOf } from "../tensor/Shape.ts"
import type { Convolution } from "./Build.ts"
import { checkWhole, imageSizes } from "./rules.ts"

/** Images x, kernels w and results c of one convolution, as the sizes of the trilinear form. */
interface Form {
  readonly x: Shape
  readonly w: Shape
  readonly c: Shape
  readonly attributes: Convolution
}

/** Rows and columns of the result, and those of the image that the strides do not reach. */
export const reach = (x: Shape, w: Shape, { strides, padding }: Convolution) => {
  const along = (axis: 0 | 1) => {
    const room = x[2 + axis]! + padding[axis]! + padding[2 + axis]! - w[2 + axis]!
    return { size: Math.floor(room / strides[axis]!) + 1, rest: room % strides[axis]! }
  }
  const [rows, columns] = [along(0), along(1)]
  return { size: [rows.size, columns.size], rest: [rows.rest, columns.rest] }
}

export const checkConvolution = (
  op: string,
  { strides, padding }: Convolution,
  kernel: ReadonlyArray<number>
): void => {
  checkWhole(op, "strides", strides, 2, 1)
  checkWhole(op, "padding", padding, 4, 0)
  if (padding.every((count, side) => count < kernel[side % 2]!)) return
  const expected = `less than the kernel's size ${kernel[0]} × ${kernel[1]}`
  throw new InvalidAttribute({ op, attribute: "padding", expected, actual: padding })
}

/** Σ over samples, positions and channels of c · (w applied at x). */
const visit = ({ x, w, c, attributes }: Form, use: (atX: number, atW: number, atC: number) => void): void => {
  const [samples, channels, rows, columns] = imageSizes("conv2d", 0, x)
  const [outputs, , height, width] = imageSizes("conv2d", 1, w)
  const [, , toRows, toColumns] = imageSizes("conv2d", 0, c)
  const [{ 0: stepRows, 1: stepColumns }, { 0: top, 1: left }] = [attributes.strides, attributes.padding]
  for (let n = 0; n < samples; n++)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < channels; i++)
        for (let p = 0; p < toRows; p++)
          for (let q = 0; q < toColumns; q++)
            for (let h = 0; h < height; h++)
              for (let v = 0; v < width; v++) {
                const [row, column] = [p * stepRows! + h - top!, q * stepColumns! + v - left!]
                if (row < 0 || column < 0 || row >= rows || column >= columns) continue
                use(
                  ((n * channels + i) * rows + row) * columns + column,
                  ((o * channels + i) * height + h) * width + v,
                  ((n * outputs + o) * toRows + p) * toColumns + q
                )
              }
}

/** One of the three arguments from the other two. */
export const contract = (
  form: Form,
  of: Shape,
  add: (result: Float64Array, atX: number, atW: number, atC: number) => void
): Float64Array<ArrayBuffer> => {
  const result = new Float64Array(sizeOf(of))
  visit(form, (atX, atW, atC) => add(result, atX, atW, atC))
  return result
}

/** All three do the same work: for every element of c, every weight of one output. */
export const operationsOf = (w: Shape, c: Shape): number => 2 * sizeOf(w.slice(1)) * sizeOf(c)
