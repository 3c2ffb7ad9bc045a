/**
 * The trace of a symmetric matrix that is known only through its products with vectors.
 */
import * as Effect from "effect/Effect"
import { signs } from "../random/discrete.ts"
import { fromSeed, split } from "../random/Prng.ts"
import { dot } from "../tensor/dot.ts"
import { ProductNotFinite } from "./Errors.ts"
import { type Estimate, estimate } from "./estimate.ts"
import type { Multiply } from "./operators.ts"

export interface TraceOptions<E, R> {
  readonly dimension: number
  readonly multiply: Multiply<E, R>
  /** Number of products; the error falls with its square root. */
  readonly probes: number
  readonly seed: number | string
}

/**
 * Hutchinson's estimate: the mean of zᵀHz over vectors z of random signs. Unbiased; each has the variance
 * 2 Σ_{i≠j} H_ij², so a diagonal matrix has no error. Probe i depends on the seed and i alone.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Hutchinson 1990, "A stochastic estimator of the trace of the influence matrix"
 */
export const trace = <E, R>(options: TraceOptions<E, R>): Effect.Effect<Estimate, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, multiply, probes, seed } = options
    if (!(Number.isInteger(probes) && probes >= 1)) throw new RangeError(`probes must be at least 1, got ${probes}`)
    const root = split(fromSeed(seed), "trace")
    const draws: Array<number> = []
    for (let i = 0; i < probes; i++) {
      const z = signs(split(root, `probe ${i}`), dimension)
      const draw = dot(z, new Float64Array(yield* multiply(z)))
      if (!Number.isFinite(draw)) return yield* new ProductNotFinite({ product: i + 1 })
      draws.push(draw)
    }
    return estimate(draws)
  })
