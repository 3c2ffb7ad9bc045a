/**
 * Parameters as one vector θ, the form in which optimisers and eigensolvers work: the parameters in their order, each
 * row-major.
 */
import type { FloatDType } from "../tensor/DType.ts"
import { type Shape, sizeOf } from "../tensor/Shape.ts"
import { type FloatArray, floats, type Tensors } from "../tensor/Tensor.ts"

/** The part of a parameter's description that its place in θ follows from. */
export interface Named {
  readonly name: string
  readonly shape: Shape
}

/** Length of θ. */
export const dimensionOf = (parameters: ReadonlyArray<Named>): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** The vector in an element type; itself where it has it already. `from` would be ten times slower than a constructor. */
export const toDType = (vector: FloatArray, dtype: FloatDType): FloatArray => {
  if (dtype === "float64") return vector instanceof Float64Array ? vector : new Float64Array(vector)
  return vector instanceof Float32Array ? vector : new Float32Array(vector)
}

/** θ → one tensor per parameter, under its name and a suffix. They share memory with θ. [p] → shapes */
export const split = (theta: FloatArray, parameters: ReadonlyArray<Named>, suffix = ""): Tensors => {
  let start = 0
  const entries = parameters.map(({ name, shape }) => {
    const data = theta.subarray(start, start + sizeOf(shape))
    start += sizeOf(shape)
    return [name + suffix, { dtype: theta instanceof Float32Array ? "float32" : "float64", shape, data }] as const
  })
  return Object.fromEntries(entries)
}

/** A vector of zeros. [p] */
export const zeros = (size: number, dtype: FloatDType): FloatArray =>
  dtype === "float32" ? new Float32Array(size) : new Float64Array(size)

/** The parameters as one new vector: the inverse of `split`. shapes → [p] */
export const join = (tensors: Tensors, parameters: ReadonlyArray<Named>, dtype: FloatDType): FloatArray => {
  const theta = zeros(dimensionOf(parameters), dtype)
  let start = 0
  for (const { name, shape } of parameters) {
    theta.set(floats(tensors[name]!), start)
    start += sizeOf(shape)
  }
  return theta
}
