/**
 * The ends of the spectrum of a symmetric matrix that is known only through its products with vectors, such as a
 * Hessian. Knows nothing of losses or graphs.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../random/Prng.ts"
import { LanczosNotConverged, ProductNotFinite } from "./Errors.ts"
import { growKrylov, type Krylov, type Wanted } from "./krylov.ts"
import { identityRows, tridiagonalEigen } from "./tridiagonal.ts"
import { addScaled, combine, norm, orthogonalize, scale } from "./vectors.ts"

export interface LanczosOptions<E, R> {
  readonly dimension: number
  /** v ↦ Hv. Shape [n] → [n] */
  readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array, E, R>
  /** Not zero; a random vector finds every eigenvalue, with probability one. Shape [n] */
  readonly start: Float64Array
  readonly wanted: { readonly largest: number; readonly smallest: 0 | 1 }
  /** Relative: ‖Hv − λv‖ ≤ tolerance · |λ| for the largest, ≤ tolerance · max|λ| for the smallest. */
  readonly tolerance: number
  /** Counts every product, those of the final check too. */
  readonly maxProducts: number
  /**
   * Whether to look for further copies of a multiple eigenvalue, at the cost of a second Krylov space. A single one
   * meets each eigenvalue once. Matters only where `largest` is more than one. Default true
   */
  readonly copies?: boolean
}

export interface Eigenpair {
  readonly value: number // λ
  readonly vector: Float64Array // v, of norm 1
  /** ‖Hv − λv‖, from a product made for it. */
  readonly residual: number
  /** The residual is within the tolerance, or as small as rounding lets it be. */
  readonly converged: boolean
}

export interface Spectrum {
  /** Algebraically largest first. */
  readonly largest: ReadonlyArray<Eigenpair>
  readonly smallest: ReadonlyArray<Eigenpair>
  readonly products: number
  readonly tolerance: number
  /** How many of the wanted eigenpairs are missing or not converged. */
  readonly missing: number
  /** None is missing, and no further copy of a multiple eigenvalue is left to be found. */
  readonly converged: boolean
}

interface Ritz {
  readonly value: number
  readonly vector: Float64Array
}

/**
 * Share of the tolerance at which growing stops: a locked pair's own error enters the residual of later ones, and the
 * explicit residual differs from the bound by rounding.
 */
const safety = 0.5

/**
 * The algebraically largest and smallest eigenvalues by Lanczos' method with full reorthogonalisation. While the space
 * grows, residuals are judged by the bound β|s|; those reported are explicit, at one product for each pair.
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
export const lanczos = <E, R>(options: LanczosOptions<E, R>): Effect.Effect<Spectrum, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, multiply, tolerance } = options
    const wanted: Wanted = {
      largest: Math.min(options.wanted.largest, dimension),
      smallest: Math.min(options.wanted.smallest, dimension)
    }
    const acceptable = (value: number, end: keyof Wanted, magnitude: number): number =>
      Math.max(
        tolerance * (end === "largest" ? Math.abs(value) : magnitude),
        16 * Number.EPSILON * Math.sqrt(dimension) * magnitude
      )
    const checks = wanted.largest + wanted.smallest
    const budget = Math.max(1, options.maxProducts - checks)
    const searched = yield* search(
      options,
      wanted,
      budget,
      (value, end, magnitude) => safety * acceptable(value, end, magnitude)
    )
    let { products } = searched
    const check = ({ value, vector }: Ritz, end: keyof Wanted) =>
      Effect.gen(function* () {
        products++
        const difference = Float64Array.from(yield* multiply(vector))
        addScaled(difference, -value, vector) // H v − λ v
        const residual = norm(difference)
        if (!Number.isFinite(residual)) return yield* new ProductNotFinite({ product: products })
        return { value, vector, residual, converged: residual <= acceptable(value, end, searched.magnitude) }
      })
    const largest = yield* Effect.forEach(searched.largest, (ritz) => check(ritz, "largest"))
    const smallest = yield* Effect.forEach(searched.smallest, (ritz) => check(ritz, "smallest"))
    const missing = checks - [...largest, ...smallest].filter((pair) => pair.converged).length
    return { largest, smallest, products, tolerance, missing, converged: missing === 0 && searched.settled }
  })

/** Fails where `lanczos` did not find everything that was wanted to the tolerance. */
export const requireConverged = (spectrum: Spectrum): Effect.Effect<Spectrum, LanczosNotConverged> =>
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
  readonly settled: boolean
}

/** Krylov spaces, each in the complement of what the earlier ones settled, until nothing better can come. */
const search = <E, R>(
  { dimension, multiply, start, copies = true }: LanczosOptions<E, R>,
  wanted: Wanted,
  budget: number,
  acceptable: (value: number, end: keyof Wanted, magnitude: number) => number
): Effect.Effect<Searched, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const locked: Array<Float64Array> = []
    let largest: ReadonlyArray<Ritz> = []
    let smallest: ReadonlyArray<Ritz> = []
    let products = 0
    let magnitude = 0
    let goal = wanted
    for (let round = 0; ; round++) {
      const space = yield* growKrylov({
        multiply,
        start: direction(dimension, locked, round === 0 ? start : freshVector(round, dimension)),
        locked,
        wanted: goal,
        acceptable,
        maxProducts: budget - products,
        productsBefore: products
      })
      products += space.basis.length
      const found = ritzPairs(space, goal)
      magnitude = Math.max(magnitude, found.magnitude)
      const before = largest[wanted.largest - 1]
      largest = [...largest, ...found.largest].sort((a, b) => b.value - a.value).slice(0, wanted.largest)
      smallest = [...smallest, ...found.smallest].sort((a, b) => a.value - b.value).slice(0, wanted.smallest)
      locked.push(...(space.closed ? space.basis : [...found.largest, ...found.smallest].map(({ vector }) => vector)))

      const generic = round > 0 || !space.closed
      const better =
        before === undefined ||
        found.largest.some(({ value }) => value - before.value > acceptable(before.value, "largest", magnitude))
      const settled =
        space.accurate &&
        (locked.length >= dimension ||
          (generic && (wanted.largest <= 1 || !copies)) ||
          (round > 0 && wanted.largest > 0 && !better))
      if (settled || !space.accurate || products >= budget) {
        return { largest, smallest, products, magnitude, settled }
      }
      goal = space.closed ? clip(wanted, dimension - locked.length) : { largest: 1, smallest: 0 }
    }
  })

const clip = (wanted: Wanted, room: number): Wanted => ({
  largest: Math.min(wanted.largest, room),
  smallest: Math.min(wanted.smallest, room)
})

const freshVector = (round: number, dimension: number): Float64Array =>
  normal(split(fromSeed("lanczos"), `restart ${round}`), dimension)

/** `vector` without its part along `locked`, at norm 1. */
const direction = (dimension: number, locked: ReadonlyArray<Float64Array>, vector: Float64Array): Float64Array => {
  if (vector.length !== dimension) throw new TypeError(`start has ${vector.length} entries, expected ${dimension}`)
  const out = Float64Array.from(vector)
  const length = norm(out)
  if (!(length > 0 && Number.isFinite(length))) throw new TypeError(`start has norm ${length}, expected more than 0`)
  scale(out, 1 / length)
  orthogonalize(out, locked)
  scale(out, 1 / norm(out))
  return out
}

/** The Ritz pairs at the wanted ends; fewer where the space is smaller. */
const ritzPairs = (
  { basis, diagonal, offDiagonal }: Krylov,
  wanted: Wanted
): { readonly largest: ReadonlyArray<Ritz>; readonly smallest: ReadonlyArray<Ritz>; readonly magnitude: number } => {
  const size = basis.length
  const { values, rows } = tridiagonalEigen(diagonal, offDiagonal, identityRows(size))
  const pair = (i: number): Ritz => {
    const vector = combine(
      basis,
      Float64Array.from(rows, (row) => row[i]!)
    )
    scale(vector, 1 / norm(vector))
    return { value: values[i]!, vector }
  }
  return {
    largest: Array.from({ length: Math.min(wanted.largest, size) }, (_, i) => pair(size - 1 - i)),
    smallest: Array.from({ length: Math.min(wanted.smallest, size) }, (_, i) => pair(i)),
    magnitude: Math.max(Math.abs(values[0]!), Math.abs(values[size - 1]!))
  }
}
