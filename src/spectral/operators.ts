/**
 * Symmetric matrices made of others, all of them known through products only.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"

/** v ↦ Hv, in the precision that it was calculated in. Shape [n] → [n] */
export type Multiply<E, R> = (v: Float64Array) => Effect.Effect<FloatArray, E, R>

/**
 * v ↦ D H D v for a diagonal D. With D = diag|w| (or diag w, which has the same spectrum) and H the Hessian of the loss at w,
 * its largest eigenvalue is the companion of the sharpness that does not change when weights before and after a positively
 * homogeneous activation are scaled by a and 1/a.
 *
 * Shape  diagonal [n]
 */
export const scaled =
  <E, R>(multiply: Multiply<E, R>, diagonal: ArrayLike<number>): Multiply<E, R> =>
  (v) =>
    Effect.map(multiply(v.map((value, i) => value * diagonal[i]!)), (product) =>
      new Float64Array(product).map((value, i) => value * diagonal[i]!)
    )

/** v ↦ (A − B) v, at one product with each. */
export const difference =
  <E, R, E2, R2>(first: Multiply<E, R>, second: Multiply<E2, R2>): Multiply<E | E2, R | R2> =>
  (v) =>
    Effect.gen(function* () {
      const subtracted = yield* second(v)
      return new Float64Array(yield* first(v)).map((value, i) => value - subtracted[i]!)
    })
