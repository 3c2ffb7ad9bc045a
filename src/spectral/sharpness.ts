/**
 * Sharpness as this project reports it: the algebraically largest eigenvalue of the Hessian of the training loss, and on
 * request the smallest, each with its residual, and the number of products they took. Takes products, knows no loss.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal } from "../random/Prng.ts"
import type { ProductNotFinite } from "./Errors.ts"
import { type Eigenpair, lanczos } from "./lanczos.ts"

export interface SharpnessOptions<E, R> {
  readonly dimension: number
  /** v ↦ Hv. [p] → [p] */
  readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array, E, R>
  /** Relative. */
  readonly tolerance: number
  /** Whether the smallest eigenvalue is wanted too. */
  readonly low: boolean
}

export interface Sharpness {
  readonly high: Eigenpair
  readonly low: Eigenpair | undefined
  readonly products: number
  readonly converged: boolean
}

const MOST_PRODUCTS = 300

/** The seed of the first vector: the same everywhere, so that equal weights have equal sharpness, to the bit. */
const START_SEED = "sharpness"

/**
 * The ends of the Hessian's spectrum.
 *
 * Unit    loss / weight²; gradient descent with learning rate η is stable while it is below 2/η
 * Errors  ProductNotFinite
 */
export const sharpness = <E, R>({
  dimension,
  multiply,
  tolerance,
  low
}: SharpnessOptions<E, R>): Effect.Effect<Sharpness, E | ProductNotFinite, R> =>
  Effect.map(
    lanczos({
      dimension,
      multiply,
      start: normal(fromSeed(START_SEED), dimension),
      wanted: { largest: 1, smallest: low ? 1 : 0 },
      tolerance,
      maxProducts: MOST_PRODUCTS
    }),
    (spectrum) => ({
      high: spectrum.largest[0]!,
      low: spectrum.smallest[0],
      products: spectrum.products,
      converged: spectrum.converged
    })
  )
