/**
 * Shape and dtype rules that several ops share, and the one way of walking over elements with strides. Knows no op.
 */
import { AxisOutOfRange, RankMismatch } from "../graph/Errors.ts"
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

/**
 * Rows and columns of a matrix.
 *
 * Errors  RankMismatch
 */
export const matrixSizes = (op: string, input: number, shape: Shape): readonly [rows: number, columns: number] => {
  if (shape.length !== 2) throw new RankMismatch({ op, where: place(input), expected: 2, actual: shape })
  return [shape[0]!, shape[1]!]
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
