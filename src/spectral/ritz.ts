/**
 * Approximate eigenpairs from a Krylov space, and how far they are off. Knows nothing of how the space was grown.
 */
import type { Krylov, Projection } from "./krylov.ts"
import { distanceOf, type Mapped, roundingOf } from "./residual.ts"
import { identityRows, tridiagonalEigen, unitRow } from "./tridiagonal.ts"
import { combine, norm, scale } from "./vectors.ts"

/** How many eigenpairs are wanted at each end of the spectrum. */
export interface Wanted {
  readonly largest: number
  readonly smallest: number
}

/** The largest acceptable residual of a Ritz value at an end, given the largest |Ritz value|. */
export type Acceptable = (value: number, end: keyof Wanted, magnitude: number) => number

export interface Ritz {
  readonly value: number // θ
  readonly vector: Float64Array // y, of norm 1
  /** ‖Hy − θy‖ but for rounding, from the products with the basis. */
  readonly distance: number
}

export interface RitzEnds {
  readonly largest: ReadonlyArray<Ritz>
  readonly smallest: ReadonlyArray<Ritz>
  /** The outermost Ritz values of the whole space, and the larger of their sizes. */
  readonly low: number
  readonly high: number
  readonly magnitude: number
  /** What rounding adds to a product with a vector of norm 1, at most: estimated. */
  readonly rounding: number
}

/** The largest of |values|, which ascend. */
export const magnitudeOf = (values: ArrayLike<number>): number =>
  Math.max(Math.abs(values[0]!), Math.abs(values[values.length - 1]!))

/** The places of the wanted Ritz pairs among so many; undefined where one pair would have to stand for both ends. */
export const placesOf = ({ largest, smallest }: Wanted, size: number) =>
  size < largest + smallest
    ? undefined
    : [
        ...Array.from({ length: largest }, (_, i) => ({ at: size - 1 - i, end: "largest" as const })),
        ...Array.from({ length: smallest }, (_, i) => ({ at: i, end: "smallest" as const }))
      ]

/**
 * Whether the Ritz pairs at the wanted ends are accurate, by the bound of their residuals.
 *
 * Source  Parlett 1998, "The Symmetric Eigenvalue Problem", ch. 13: ‖Hy − θy‖ = β |s| for the Ritz pair (θ, y = Q s̄),
 *         s the last component of s̄
 */
export const wantedAreAccurate = (
  { diagonal, offDiagonal, remainder }: Projection,
  wanted: Wanted,
  acceptable: Acceptable
): boolean => {
  const size = diagonal.length
  const places = placesOf(wanted, size)
  if (places === undefined) return false
  const { values, rows } = tridiagonalEigen(diagonal, offDiagonal, [unitRow(size, size - 1)])
  const magnitude = magnitudeOf(values)
  return places.every(({ at, end }) => remainder * Math.abs(rows[0]![at]!) <= acceptable(values[at]!, end, magnitude))
}

/**
 * The Ritz pairs at the wanted ends, from all eigenpairs of the projection in ascending order; fewer where the space is
 * smaller. Row i of `rows` holds component i of each eigenvector.
 */
export const ritzEnds = (
  space: Mapped,
  { values, rows }: { readonly values: ArrayLike<number>; readonly rows: ReadonlyArray<ArrayLike<number>> },
  wanted: Wanted
): RitzEnds => {
  const size = space.basis.length
  const magnitude = magnitudeOf(values)
  const pair = (i: number): Ritz => {
    const value = values[i]!
    const coefficients = Float64Array.from(rows, (row) => row[i]!) // s
    const vector = combine(space.basis, coefficients)
    scale(vector, 1 / norm(vector))
    return { value, vector, distance: distanceOf(space, value, coefficients) }
  }
  return {
    largest: Array.from({ length: Math.min(wanted.largest, size) }, (_, i) => pair(size - 1 - i)),
    smallest: Array.from({ length: Math.min(wanted.smallest, size) }, (_, i) => pair(i)),
    low: values[0]!,
    high: values[size - 1]!,
    magnitude,
    rounding: roundingOf(space, magnitude)
  }
}

/** The Ritz pairs at the wanted ends of a space grown by single vectors. */
export const ritzPairs = (krylov: Krylov, wanted: Wanted): RitzEnds =>
  ritzEnds(krylov, tridiagonalEigen(krylov.diagonal, krylov.offDiagonal, identityRows(krylov.basis.length)), wanted)
