/**
 * Looks for the ends of a spectrum in one subspace after another, each in the complement of what the earlier ones settled,
 * until nothing better can come. Knows nothing of how a subspace is grown.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../random/Prng.ts"
import { LanczosNotConverged, ProductNotFinite } from "./Errors.ts"
import type { Multiply } from "./operators.ts"
import { roundoff } from "./residual.ts"
import type { Acceptable, Ritz, RitzEnds, Wanted } from "./ritz.ts"
import { addScaled, norm, orthogonalize, scale } from "./vectors.ts"

export interface Eigenpair {
  readonly value: number // λ
  readonly vector: Float64Array // v, of norm 1
  /**
   * ‖Hv − λv‖, from the products with the vectors that v is made of, and with what rounding adds to them at most; or from a
   * product made for it, where that decides whether the pair converged.
   */
  readonly residual: number
  /** The residual is within the tolerance, or as small as rounding lets it be. */
  readonly converged: boolean
}

export interface Spectrum {
  /** Algebraically largest first. */
  readonly largest: ReadonlyArray<Eigenpair>
  /** Algebraically smallest first. */
  readonly smallest: ReadonlyArray<Eigenpair>
  readonly products: number
  readonly tolerance: number
  /** What rounding adds to a product with a vector of norm 1, at most: estimated. */
  readonly rounding: number
  /** How many of the wanted eigenpairs are missing or not converged. */
  readonly missing: number
  /**
   * None is missing, no further copy of a multiple eigenvalue is left to be found, and what else was asked to be ruled out is. By
   * residuals alone (no `doubt` given) these are eigenpairs, but one further out may have been missed.
   */
  readonly converged: boolean
}

/** A subspace that was grown. */
export interface Space {
  readonly basis: ReadonlyArray<Float64Array> // [n] × m
  readonly products: number
  /** H maps the space into itself: its Ritz pairs are eigenpairs, and it cannot grow. */
  readonly closed: boolean
  /** The goal was reached; not, if it was the products that ran out. */
  readonly accurate: boolean
  readonly ritz: (wanted: Wanted) => RitzEnds
}

export interface Growth {
  /** Orthonormal, and orthogonal to `locked`. */
  readonly starts: ReadonlyArray<Float64Array>
  readonly locked: ReadonlyArray<Float64Array>
  readonly goal: Wanted
  readonly acceptable: Acceptable
  readonly maxProducts: number
  readonly productsBefore: number
  /** 0 for the space of the given starts; later ones start from fresh random vectors. */
  readonly round: number
}

export type Grow<E, R> = (growth: Growth) => Effect.Effect<Space, E | ProductNotFinite, R>

export interface SearchOptions<E, R> {
  readonly dimension: number
  readonly grow: Grow<E, R>
  readonly multiply: Multiply<E, R>
  readonly starts: ReadonlyArray<Float64Array>
  readonly wanted: Wanted
  readonly tolerance: number
  readonly maxProducts: number
  /** Whether further copies of multiple eigenvalues may have been missed, and are to be looked for. */
  readonly copies: boolean
  /**
   * Share of the tolerance at which growing stops: a locked pair's own error enters the residual of later ones, and rounding
   * that of all. Default 0.5
   */
  readonly safety?: number
}

/** The ends of the spectrum, each with its residual. */
export const findEnds = <E, R>(options: SearchOptions<E, R>): Effect.Effect<Spectrum, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, tolerance } = options
    const wanted = clip(options.wanted, dimension)
    const acceptable: Acceptable = (value, end, magnitude) =>
      Math.max(tolerance * (end === "largest" ? Math.abs(value) : magnitude), roundoff(dimension) * magnitude)
    const searched = yield* search(options, wanted, acceptable)
    const { magnitude, rounding } = searched
    let { products } = searched
    const judged = Effect.fnUntraced(function* ({ value, vector, distance }: Ritz, end: keyof Wanted) {
      const limit = acceptable(value, end, magnitude)
      const residual = Math.hypot(distance, rounding)
      if (residual <= limit || distance > limit) return { value, vector, residual, converged: residual <= limit }
      products++
      const off = new Float64Array(yield* options.multiply(vector))
      addScaled(off, -value, vector) // H v − λ v
      const own = norm(off)
      if (!Number.isFinite(own)) return yield* new ProductNotFinite({ product: products })
      return { value, vector, residual: own, converged: own <= limit }
    })
    const largest = yield* Effect.forEach(searched.largest, (ritz) => judged(ritz, "largest"))
    const smallest = yield* Effect.forEach(searched.smallest, (ritz) => judged(ritz, "smallest"))
    const settled = [...largest, ...smallest].filter((pair) => pair.converged).length
    const missing = wanted.largest + wanted.smallest - settled
    return {
      largest,
      smallest,
      products,
      tolerance,
      rounding,
      missing,
      converged: missing === 0 && searched.settled
    }
  })

/** Fails where not everything that was wanted was found to the tolerance. */
export const requireConverged = <S extends Spectrum>(spectrum: S): Effect.Effect<S, LanczosNotConverged> =>
  spectrum.converged
    ? Effect.succeed(spectrum)
    : Effect.fail(
        new LanczosNotConverged({
          products: spectrum.products,
          missing: spectrum.missing,
          residual: Math.max(0, ...[...spectrum.largest, ...spectrum.smallest].map(({ residual }) => residual)),
          tolerance: spectrum.tolerance
        })
      )

interface Searched {
  readonly largest: ReadonlyArray<Ritz>
  readonly smallest: ReadonlyArray<Ritz>
  readonly products: number
  /** Largest |Ritz value| met: max|λ|, from below. */
  readonly magnitude: number
  /** The largest of those of its spaces. */
  readonly rounding: number
  readonly settled: boolean
}

const search = <E, R>(
  { dimension, grow, starts, copies, maxProducts, safety = 0.5 }: SearchOptions<E, R>,
  wanted: Wanted,
  acceptable: Acceptable
): Effect.Effect<Searched, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const locked: Array<Float64Array> = []
    let largest: ReadonlyArray<Ritz> = []
    let smallest: ReadonlyArray<Ritz> = []
    let products = 0
    let [magnitude, rounding] = [0, 0]
    let goal = wanted
    for (let round = 0; ; round++) {
      const space = yield* grow({
        starts: directions(dimension, locked, round === 0 ? starts : freshVectors(round, dimension, starts.length)),
        locked,
        goal,
        acceptable: (value, end, size) => safety * acceptable(value, end, size),
        maxProducts: maxProducts - products,
        productsBefore: products,
        round
      })
      products += space.products
      const found = space.ritz(goal)
      magnitude = Math.max(magnitude, found.magnitude)
      rounding = Math.max(rounding, found.rounding)
      const high = largest[wanted.largest - 1]
      const low = smallest[wanted.smallest - 1]
      largest = [...largest, ...found.largest].sort((a, b) => b.value - a.value).slice(0, wanted.largest)
      smallest = [...smallest, ...found.smallest].sort((a, b) => a.value - b.value).slice(0, wanted.smallest)
      locked.push(...(space.closed ? space.basis : [...found.largest, ...found.smallest].map(({ vector }) => vector)))

      const generic = round > 0 || !space.closed
      const better =
        (wanted.largest > 0 &&
          (high === undefined ||
            found.largest.some(({ value }) => value - high.value > acceptable(high.value, "largest", magnitude)))) ||
        (wanted.smallest > 1 &&
          (low === undefined ||
            found.smallest.some(({ value }) => low.value - value > acceptable(low.value, "smallest", magnitude))))
      const several = wanted.largest > 1 || wanted.smallest > 1
      const settled =
        space.accurate &&
        (locked.length >= dimension || (generic && !(several && copies)) || (round > 0 && several && !better))
      if (settled || !space.accurate || products >= maxProducts) {
        return { largest, smallest, products, magnitude, rounding, settled }
      }
      goal = space.closed
        ? clip(wanted, dimension - locked.length)
        : { largest: wanted.largest > 1 ? 1 : 0, smallest: wanted.smallest > 1 ? 1 : 0 }
    }
  })

const clip = (wanted: Wanted, room: number): Wanted => ({
  largest: Math.min(wanted.largest, room),
  smallest: Math.min(wanted.smallest, room)
})

/** Seeded, so that equal arguments give equal results. */
const freshVectors = (round: number, dimension: number, count: number): ReadonlyArray<Float64Array> =>
  Array.from({ length: count }, (_, i) =>
    normal(split(fromSeed("lanczos"), i === 0 ? `restart ${round}` : `restart ${round}, vector ${i}`), dimension)
  )

/** Below this a direction is what rounding left of one that depends on the others. */
const dependent = 1e-10

/** An orthonormal basis of the vectors' span without its part along `locked`. */
const directions = (
  dimension: number,
  locked: ReadonlyArray<Float64Array>,
  vectors: ReadonlyArray<Float64Array>
): ReadonlyArray<Float64Array> => {
  const out: Array<Float64Array> = []
  for (const vector of vectors) {
    if (vector.length !== dimension) throw new TypeError(`start has ${vector.length} entries, expected ${dimension}`)
    const next = vector.slice()
    const length = norm(next)
    if (!(length > 0 && Number.isFinite(length))) throw new TypeError(`start has norm ${length}, expected more than 0`)
    scale(next, 1 / length)
    const { left } = orthogonalize(next, [...locked, ...out])
    if (left <= dependent && out.length > 0) continue
    scale(next, 1 / left)
    out.push(next)
  }
  return out
}
