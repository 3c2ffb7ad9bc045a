/**
 * The ends of the spectrum of a symmetric matrix that is known only through its products with vectors, such as a
 * Hessian. Knows nothing of losses or graphs.
 */
import * as Effect from "effect/Effect"
import { bound, excludes, limitOf } from "./doubt.ts"
import type { ProductNotFinite } from "./Errors.ts"
import { type Extended, extendKrylov } from "./extendKrylov.ts"
import { growKrylov, type Krylov, type Projection } from "./krylov.ts"
import type { Multiply } from "./operators.ts"
import { magnitudeOf, placesOf, ritzEnds, ritzPairs, type Wanted, wantedAreAccurate } from "./ritz.ts"
import { findEnds, type Grow, type Space, type Spectrum } from "./search.ts"
import { symmetricEigen } from "./symmetricEigen.ts"
import { tridiagonalEigen } from "./tridiagonal.ts"
import { type Guess, orthonormal, warmStart } from "./warmStart.ts"

export { type Eigenpair, requireConverged, type Spectrum } from "./search.ts"

export interface LanczosOptions<E, R> {
  readonly dimension: number
  readonly multiply: Multiply<E, R>
  /** Not zero; a random vector finds every eigenvalue, with probability one. Shape [n] */
  readonly start: Float64Array
  readonly wanted: Wanted
  /** Relative: ‖Hv − λv‖ ≤ tolerance · |λ| for the largest, ≤ tolerance · max|λ| for the smallest. */
  readonly tolerance: number
  /** But for one more for a pair of which rounding decides whether it converged. */
  readonly maxProducts: number
  /**
   * Whether to look for further copies of a multiple eigenvalue, at the cost of a second Krylov space. A single one
   * meets each eigenvalue once. Matters only where more than one is wanted at an end. Default true
   */
  readonly copies?: boolean
  /**
   * What was found for a matrix nearby: the `guesses` of its spectrum, or other eigenpairs, those that are wanted here first.
   * Then `start` must be random and independent of them (another seed at every matrix): it is mixed in, and nothing is accepted
   * before its part has had the chance to find something further out; see `slack`.
   */
  readonly guesses?: ReadonlyArray<Guess>
  /**
   * With `doubt`: a result is accepted only when no eigenvalue lies further out than the found ends by more than this share of
   * max|λ|, but for that probability. A residual alone does not tell: an eigenvector that the start hardly contains shows late.
   * The smaller, the more products. Default the tolerance, for a quarter to a half more of them; 0.5 where there are
   * guesses
   */
  readonly slack?: number
  /**
   * The probability of a wrong statement that the result's `bounds`, or its being `converged`, may have. With it, `start` must
   * be random (normal entries) and independent of the matrix. Default 0.01 where there are guesses, else no bounds, and nothing
   * but residuals counts
   */
  readonly doubt?: number
}

/** What Lanczos' method found. */
export interface LanczosSpectrum extends Spectrum {
  /** Between these lie all eigenvalues, but for the probability `doubt` at each end. Only from a random start. */
  readonly bounds: { readonly below: number; readonly above: number } | undefined
  /** For `guesses` at a matrix nearby: the wanted Ritz pairs, and the next at the upper end. */
  readonly guesses: ReadonlyArray<Guess>
}

/**
 * How many eigenpairs beyond the wanted ones are kept as guesses, at the upper end. At the edge of stability, where eight crowd,
 * two save nearly as many products as five do; and each is a vector to save.
 */
const kept = 3

/**
 * The algebraically largest and smallest eigenvalues by Lanczos' method with full reorthogonalisation. While a Krylov space
 * grows, residuals are judged by the bound β|s|; those reported have all that was found of the products, and their rounding.
 *
 * With guesses, the Krylov space grows until nothing can lie further out by `slack`; what is not accurate then is corrected.
 *
 * Where the Krylov space closes before everything is found (an invariant subspace, as of a special start or a matrix
 * with few distinct eigenvalues), and where copies of a multiple eigenvalue are looked for, a fresh vector orthogonal
 * to what is known starts a new one. Fresh vectors come from a fixed seed, so equal arguments give equal results.
 * With fewer than `dimension` eigenvalues in reach of `maxProducts`, what was found is reported as not converged.
 *
 * Shape   start [n] → vectors [n]
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Parlett 1998, "The Symmetric Eigenvalue Problem", ch. 13
 */
export const lanczos = <E, R>(options: LanczosOptions<E, R>): Effect.Effect<LanczosSpectrum, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, multiply, wanted, tolerance, maxProducts, copies = true } = options
    const slack = options.slack ?? (options.guesses === undefined ? tolerance : 0.5)
    const pairs = wanted.largest + wanted.smallest
    const known = orthonormal(options.guesses ?? [], dimension)
    const begin =
      options.guesses === undefined ? { start: options.start, share: 1 } : warmStart(options.start, known, pairs)
    const doubt = options.doubt ?? (options.guesses === undefined ? undefined : 0.01)
    const limit = doubt === undefined ? undefined : limitOf(dimension, begin.share, doubt)
    let first: { readonly krylov: Krylov; readonly space: Space } | undefined
    const grow: Grow<E, R> = Effect.fnUntraced(function* ({ starts, goal, acceptable, round, ...growth }) {
      const isCorrected = round === 0 && known.length > 0
      const krylov = yield* growKrylov({
        ...growth,
        multiply,
        start: starts[0]!,
        enough: (projection) =>
          (isCorrected
            ? placesOf(goal, projection.diagonal.length) !== undefined
            : wantedAreAccurate(projection, goal, acceptable)) &&
          (limit === undefined || round > 0 || nothingBeyond(projection, goal, slack, limit))
      })
      const space =
        isCorrected && krylov.accurate && !krylov.closed
          ? ofExtended(yield* extendKrylov({ ...growth, multiply, krylov, guesses: known, wanted: goal, acceptable }))
          : ofKrylov(krylov)
      if (round === 0) first = { krylov, space }
      return space
    })
    const spectrum = yield* findEnds({
      dimension,
      grow,
      multiply,
      starts: [begin.start],
      wanted,
      tolerance,
      maxProducts,
      copies,
      ...(options.guesses !== undefined || pairs === 1 ? { safety: 0.9 } : {}) // there a product counts
    })
    const { krylov, space } = first!
    const more = Math.max(0, Math.min(kept, space.basis.length - pairs))
    const ends = space.ritz({ largest: wanted.largest + more, smallest: 0 })
    const found = [...spectrum.largest, ...spectrum.smallest]
    const values = [ends.low, ends.high, ...found.map(({ value }) => value)]
    const bounds = limit === undefined ? undefined : boundsOf(krylov, values, limit)
    const guesses = [...found, ...ends.largest.slice(wanted.largest)]
    return { ...spectrum, bounds, guesses: guesses.map(({ value, vector }) => ({ value, vector })) }
  })

const ofKrylov = (krylov: Krylov): Space => ({
  ...krylov,
  products: krylov.basis.length,
  ritz: (ends) => ritzPairs(krylov, ends)
})

const ofExtended = (extended: Extended): Space => ({
  ...extended,
  products: extended.basis.length,
  ritz: (ends) => ritzEnds(extended, symmetricEigen(extended.projection), ends)
})

/** The outermost Ritz values. */
const outermost = ({ diagonal, offDiagonal }: Projection): { readonly low: number; readonly high: number } => {
  const { values } = tridiagonalEigen(diagonal, offDiagonal, [])
  return { low: values[0]!, high: values[values.length - 1]! }
}

/** Whether eigenvalues further out than the wanted ends by more than `slack` are as unlikely as the limit says. */
const nothingBeyond = (projection: Projection, wanted: Wanted, slack: number, limit: number): boolean => {
  const { low, high } = outermost(projection)
  const distance = slack * magnitudeOf([low, high])
  return (
    (wanted.largest === 0 || excludes(projection, high + distance, limit)) &&
    (wanted.smallest === 0 || excludes(projection, low - distance, limit))
  )
}

/** Between which the eigenvalues lie, but for that probability; `found` are some of what lies between them. */
const boundsOf = (projection: Projection, found: ReadonlyArray<number>, limit: number) => {
  const { low, high } = outermost(projection)
  const magnitude = magnitudeOf([low, high])
  return {
    below: Math.min(bound(projection, low, -1, magnitude, limit), ...found),
    above: Math.max(bound(projection, high, 1, magnitude, limit), ...found)
  }
}
