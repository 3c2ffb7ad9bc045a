/**
 * The starting point of a training run: every parameter is drawn from its own generator, split off by its *name*, so
 * that adding, removing or reordering parameters leaves the others as they were. Knows nothing of models.
 */
import { fromSeed, normal, type Prng, split, uniform } from "../random/Prng.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { type Shape, sizeOf } from "../tensor/Shape.ts"
import { type FloatArray, type Tensors, tensor } from "../tensor/Tensor.ts"

/** A parameter, and the distribution from which it starts. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: Shape
  readonly initial:
    | { readonly kind: "uniform" /** Draws lie in [−bound, bound). */; readonly bound: number }
    | { readonly kind: "normal" /** With mean 0. */; readonly deviation: number }
    | { readonly kind: "constant"; readonly value: number }
}

const drawn = (prng: Prng, size: number, initial: ParameterSpec["initial"]): Float64Array<ArrayBufferLike> => {
  switch (initial.kind) {
    case "uniform":
      return uniform(prng, size, -initial.bound, initial.bound)
    case "normal":
      return normal(prng, size).map((value) => initial.deviation * value)
    case "constant":
      return new Float64Array(size).fill(initial.value)
  }
}

/**
 * The starting values of all parameters, in the given order. Draws are made in float64 and then rounded: the float32
 * start of a seed is the rounded float64 start.
 */
export const initialize = (
  parameters: ReadonlyArray<ParameterSpec>,
  seed: number | string,
  dtype: FloatDType
): Tensors => {
  const root = fromSeed(seed)
  return Object.fromEntries(
    parameters.map(({ name, shape, initial }) => {
      const size = sizeOf(shape)
      const values = drawn(split(root, name), size, initial)
      const data: FloatArray = dtype === "float32" ? new Float32Array(values) : values
      return [name, tensor(shape, data)]
    })
  )
}
