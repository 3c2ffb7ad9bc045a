/**
 * Sharpness as this project reports it: the algebraically largest eigenvalue of the Hessian of the training loss, and on
 * request the smallest, each with its residual, and the number of products they took. Takes products, knows no loss.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../random/Prng.ts"
import type { ProductNotFinite } from "./Errors.ts"
import { type Eigenpair, lanczos } from "./lanczos.ts"
import type { Multiply } from "./operators.ts"
import type { Guess } from "./warmStart.ts"

export interface SharpnessOptions<E, R> {
  readonly dimension: number
  readonly multiply: Multiply<E, R>
  /** Relative. */
  readonly tolerance: number
  /** Whether the smallest eigenvalue is wanted too. */
  readonly low: boolean
  /** How many further eigenvalues there are that are all 0, with eigenvectors that products leave out. Default none */
  readonly zeros?: number
  /**
   * What was found at weights nearby, for fewer products. The result then depends on it, within the tolerance: keep it
   * with the state of a run that must go on to the same bits.
   */
  readonly near?: {
    /** The `guesses` of the earlier result. */
    readonly guesses: ReadonlyArray<Guess>
    /** Another one at every measurement, as the number of the step: what is missed once is then met later. */
    readonly seed: number | string
  }
}

export interface Sharpness {
  readonly high: Eigenpair
  readonly low: Eigenpair | undefined
  readonly products: number
  readonly tolerance: number
  /** Residuals are within the tolerance; and, with probability 0.99, no eigenvalue is larger by more: by half where it is `near`. */
  readonly converged: boolean
  /** With probability 0.99, no eigenvalue is larger than this. */
  readonly ceiling: number
  /** For `near` at weights nearby. */
  readonly guesses: ReadonlyArray<Guess>
}

/** What is said of an eigenvalue that is not settled. */
export const cutOff = ({ value, residual }: Eigenpair, products: number): string =>
  `the sharpness was not settled in ${products} products: ${value}, with the residual ${residual}; a larger eigenvalue may have been missed, or rounding is coarser than the tolerance`

const MOST_PRODUCTS = 300

/** The seed of the first vector: the same everywhere, so that equal weights have equal sharpness, to the bit. */
const START_SEED = "sharpness"

const DOUBT = 0.01

/** The end of the spectrum, where an eigenvalue that products leave out lies further out: its vector is none of this space. */
const beyond = (pair: Eigenpair, isZero: boolean): Eigenpair =>
  isZero ? { value: 0, vector: pair.vector.map(() => 0), residual: 0, converged: true } : pair

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
  low,
  zeros = 0,
  near
}: SharpnessOptions<E, R>): Effect.Effect<Sharpness, E | ProductNotFinite, R> => {
  const seed = fromSeed(START_SEED)
  return Effect.map(
    lanczos({
      dimension,
      multiply,
      start: normal(near === undefined ? seed : split(seed, `near ${near.seed}`), dimension),
      wanted: { largest: 1, smallest: low ? 1 : 0 },
      tolerance,
      maxProducts: MOST_PRODUCTS,
      doubt: DOUBT,
      ...(near === undefined ? {} : { guesses: near.guesses })
    }),
    (spectrum) => ({
      high: beyond(spectrum.largest[0]!, zeros > 0 && spectrum.largest[0]!.value < 0),
      low: spectrum.smallest[0] && beyond(spectrum.smallest[0], zeros > 0 && spectrum.smallest[0].value > 0),
      products: spectrum.products,
      tolerance: spectrum.tolerance,
      converged: spectrum.converged,
      ceiling: Math.max(spectrum.bounds!.above, zeros > 0 ? 0 : Number.NEGATIVE_INFINITY),
      guesses: spectrum.guesses
    })
  )
}
