/**
 * Numbers in memory: a typed array with a shape, row-major. Knows nothing of graphs or of how it is stored.
 */
import type { DType, TensorData } from "./DType.ts"
import { ShapeMismatch } from "./Errors.ts"
import { type Shape, sizeOf } from "./Shape.ts"

export interface Tensor {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: TensorData
}

/** Tensors by name; the order of names is the order in which they are flattened. */
export type Tensors = Readonly<Record<string, Tensor>>

export type FloatArray = Float32Array | Float64Array

const dtypeOf = (data: TensorData): DType =>
  data instanceof Float32Array
    ? "float32"
    : data instanceof Float64Array
      ? "float64"
      : data instanceof BigInt64Array
        ? "int64"
        : "bool"

/**
 * A tensor over existing data.
 *
 * Errors  ShapeMismatch if the data does not have as many elements as the shape
 */
export const tensor = (shape: Shape, data: TensorData): Tensor => {
  if (sizeOf(shape) !== data.length) {
    throw new ShapeMismatch({ op: "tensor", where: "its data", expected: shape, actual: [data.length] })
  }
  return { dtype: dtypeOf(data), shape, data }
}

/** The data of a floating-point tensor; any other dtype is a defect of the caller. */
export const floats = (value: Tensor): FloatArray => {
  if (value.data instanceof Float32Array || value.data instanceof Float64Array) return value.data
  throw new TypeError(`expected a floating-point tensor, got ${value.dtype}`)
}

/** The single element of a tensor of size one, as a number. */
export const scalar = (value: Tensor): number => {
  if (value.data.length !== 1) throw new TypeError(`expected one element, got ${value.data.length}`)
  return Number(value.data[0])
}
