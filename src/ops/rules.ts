/**
 * Shape and dtype rules that several ops share, and the one way of walking over elements with strides. Knows no op.
 */
import { AxisOutOfRange, InvalidAttribute, RankMismatch } from "../graph/Errors.ts"
import type { DType } from "../tensor/DType.ts"
import { DTypeMismatch, ShapeMismatch } from "../tensor/Errors.ts"
import { type Shape, sameShape, sizeOf } from "../tensor/Shape.ts"

/** The position of an input, in words. */
const place = (input: number): string => `input ${input}`

/**
 * Rule: all inputs have one shape, and so has the result.
 *
 * Errors  ShapeMismatch
 */
export const oneShape =
  (op: string) =>
  (shapes: ReadonlyArray<Shape>): Shape => {
    const expected = shapes[0]!
    shapes.forEach((actual, input) => {
      if (!sameShape(actual, expected)) throw new ShapeMismatch({ op, where: place(input), expected, actual })
    })
    return expected
  }

/**
 * Rule: all inputs have one floating-point dtype, and so has the result.
 *
 * Errors  DTypeMismatch
 */
export const oneFloat =
  (op: string) =>
  (dtypes: ReadonlyArray<DType>): DType => {
    const first = dtypes[0]!
    const expected = first === "float64" ? "float64" : "float32"
    dtypes.forEach((actual, input) => {
      if (actual !== expected) throw new DTypeMismatch({ op, where: place(input), expected, actual })
    })
    return first
  }

/** Matrices, one for each index of the leading axes. */
export interface Matrices {
  readonly leading: Shape
  readonly rows: number
  readonly columns: number
}

/**
 * The matrices of a value: its last two axes, and those before them.
 *
 * Errors  RankMismatch
 */
export const matricesOf = (op: string, input: number, shape: Shape): Matrices => {
  if (shape.length < 2) throw new RankMismatch({ op, where: place(input), expected: 2, actual: shape })
  return { leading: shape.slice(0, -2), rows: shape.at(-2)!, columns: shape.at(-1)! }
}

/** The sizes of a batch of images: samples, channels, rows, columns. */
export type ImageSizes = readonly [samples: number, channels: number, rows: number, columns: number]

/**
 * The sizes of images [N, C, H, W], or of the kernels of a convolution [O, I, h, w].
 *
 * Errors  RankMismatch
 */
export const imageSizes = (op: string, input: number, shape: Shape): ImageSizes => {
  if (shape.length !== 4) throw new RankMismatch({ op, where: place(input), expected: 4, actual: shape })
  return [shape[0]!, shape[1]!, shape[2]!, shape[3]!]
}

/**
 * Checks that an attribute is a list of so many whole numbers, none below the least.
 *
 * Errors  InvalidAttribute
 */
export const checkWhole = (
  op: string,
  attribute: string,
  values: ReadonlyArray<number>,
  length: number,
  least: number
): void => {
  if (values.length === length && values.every((value) => Number.isInteger(value) && value >= least)) return
  const expected = `${length} whole numbers of at least ${least}`
  throw new InvalidAttribute({ op, attribute, expected, actual: values })
}

/**
 * Checks that axes are distinct axes of a shape.
 *
 * Errors  AxisOutOfRange
 */
export const checkAxes = (op: string, axes: ReadonlyArray<number>, shape: Shape): void => {
  axes.forEach((axis, i) => {
    const valid = Number.isInteger(axis) && axis >= 0 && axis < shape.length && axes.indexOf(axis) === i
    if (!valid) throw new AxisOutOfRange({ op, axis, shape })
  })
}

/** For each element of `shape`, in row-major order, the sum of its indices times `strides`. */
export const offsets = (shape: Shape, strides: ReadonlyArray<number>): Int32Array => {
  const result = new Int32Array(sizeOf(shape))
  let filled = 1
  // Axes from the last to the first: each repeats what is there, shifted.
  if (result.length > 0)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      for (let index = 1; index < shape[axis]!; index++) {
        const shift = index * strides[axis]!
        for (let i = 0; i < filled; i++) result[index * filled + i] = result[i]! + shift
      }
      filled *= shape[axis]!
    }
  return result
}
