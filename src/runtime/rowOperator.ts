/**
 * The Hessian in the row space of the data, by products of a model's graphs for it (`rowGram`, `rowLinearize`, `rowMultiply`).
 * Knows the graphs' names and their inputs, not how they were made or what runs them.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { cholesky } from "../tensor/cholesky.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { type FloatArray, floats, type Tensor, type Tensors, tensor } from "../tensor/Tensor.ts"
import type { RunFailed } from "./Errors.ts"
import { dimensionOf, split, toDType, zeros } from "./flat.ts"
import type { OpenError, Program } from "./Session.ts"

const DIRECTION = ".direction"

export interface RowOptions {
  /** Opens a graph of the model, once, when its program is first asked for. */
  readonly open: (name: string, data: Tensors) => Effect.Effect<Program, OpenError, Scope.Scope>
  readonly dtype: FloatDType
  readonly train: { readonly inputs: Tensor; readonly targets: Tensor }
  /** Length of θ. */
  readonly dimension: number
}

/** L with L Lᵀ = K, from a graph that makes K of the data in float64. */
const factorOf = ({ open, dtype, train }: RowOptions): Effect.Effect<Tensor, OpenError | RunFailed> =>
  Effect.gen(function* () {
    const exact = { ...train.inputs, dtype: "float64" as const, data: toDType(floats(train.inputs), "float64") }
    const { gram } = yield* (yield* open("rowGram", { inputs: exact })).run({})
    const factor = cholesky(floats(gram!) as Float64Array, gram!.shape[0]!)
    return tensor(gram!.shape, toDType(factor, dtype))
  }).pipe(Effect.scoped)

/** A function that gives the operator at some weights. What does not depend on them is made when it is first called. */
export const rowOperator = (options: RowOptions) =>
  Effect.gen(function* () {
    const { open, dtype, train, dimension } = options
    const scope = yield* Effect.scope
    const programs = yield* Effect.cached(
      Effect.gen(function* () {
        const factor = yield* factorOf(options)
        const product = yield* open("rowMultiply", { ...train, factor })
        const space = product.inputs.flatMap(({ name, shape }) =>
          name.endsWith(DIRECTION) ? [{ name: name.slice(0, -DIRECTION.length), shape: shape.map(Number) }] : []
        )
        return { prepare: yield* open("rowLinearize", train), product, space, size: dimensionOf(space) }
      }).pipe(Effect.provideService(Scope.Scope, scope))
    )
    return Effect.fnUntraced(function* (weights: Tensors) {
      const { prepare, product, space, size } = yield* programs
      const given = { ...weights, ...(yield* prepare.run(weights)) }
      const saved = Object.fromEntries(product.inputs.flatMap(({ name }) => (given[name] ? [[name, given[name]]] : [])))
      return {
        dimension: size,
        zeros: dimension - size,
        multiply: Effect.fnUntraced(function* (v: Float64Array) {
          const directions = split(toDType(v as FloatArray, dtype), space, DIRECTION)
          const made = zeros(size, dtype)
          yield* product.run({ ...saved, ...directions }, split(made, space, ".product"))
          return made
        })
      }
    })
  })
