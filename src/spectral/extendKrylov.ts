/**
 * A Krylov space extended by directions that mend what is still off in it, found with the help of eigenpairs of a matrix nearby:
 * Davidson's method. For eigenvalues that crowd, which a Krylov space tells apart only when it is large. Knows nothing of where the
 * eigenpairs come from.
 */
import * as Effect from "effect/Effect"
import { dot } from "../tensor/dot.ts"
import { remaindersOf } from "./blockKrylov.ts"
import { ProductNotFinite } from "./Errors.ts"
import type { Krylov } from "./krylov.ts"
import type { Multiply } from "./operators.ts"
import { type Mapped, roundoff } from "./residual.ts"
import { type Acceptable, magnitudeOf, placesOf, type Wanted } from "./ritz.ts"
import { symmetricEigen } from "./symmetricEigen.ts"
import type { TridiagonalEigen } from "./tridiagonal.ts"
import { addScaled, combine, norm, orthogonalize, scale } from "./vectors.ts"
import type { Guess } from "./warmStart.ts"

export interface ExtendOptions<E, R> {
  readonly multiply: Multiply<E, R>
  /** Neither closed nor with vectors that it leaves out, and with room for what is wanted. */
  readonly krylov: Krylov
  /** Eigenpairs of a matrix nearby, with orthonormal vectors. */
  readonly guesses: ReadonlyArray<Guess>
  readonly wanted: Wanted
  readonly acceptable: Acceptable
  /** Including those of the Krylov space. */
  readonly maxProducts: number
}

/** Q = `basis` and T = QᵀHQ. */
export interface Extended extends Mapped {
  /** T. Shape [m] × m, the lower triangle */
  readonly projection: ReadonlyArray<ArrayLike<number>>
  /** It is all of [n]. */
  readonly closed: boolean
  /** What is wanted is acceptable; not, if it was the products that ran out. */
  readonly accurate: boolean
}

/**
 * Adds one direction, for one product, until all wanted Ritz pairs are acceptable: always for the one that is furthest from it.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Davidson 1975, "The iterative calculation of a few of the lowest eigenvalues and corresponding eigenvectors of large
 *         real-symmetric matrices"
 */
export const extendKrylov = <E, R>({
  multiply,
  krylov,
  guesses,
  wanted,
  acceptable,
  maxProducts
}: ExtendOptions<E, R>): Effect.Effect<Extended, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { offDirection, remainder } = krylov
    const dimension = offDirection.length
    const basis = [...krylov.basis]
    const projection = triangleOf(krylov)
    const last = basis.length - 1 // the products before lie in the Krylov space
    const inside = [Array.from(krylov.images[last]!.subarray(0, basis.length))] // from there on, along the basis
    const outside = [offDirection.map((entry) => remainder * entry)] // [n] each: what the basis leaves of them
    while (true) {
      const eigen = symmetricEigen(projection)
      const off = furthestOff(eigen, outside, wanted, acceptable)
      const closed = basis.length >= dimension
      if (off === undefined || closed || basis.length >= maxProducts) {
        const negligible = roundoff(dimension) * magnitudeOf(eigen.values)
        const { remainders } = remaindersOf(outside, [], negligible, outside.length)
        const extended = inside.map((along, i) => Float64Array.of(...along, ...remainders.map((row) => row[i]!)))
        const images = [...krylov.images.slice(0, last), ...extended]
        return { basis, images, locked: 0, projection, closed, accurate: off === undefined || closed }
      }
      const column = directionOf(off, guesses, basis)
      const product = new Float64Array(yield* multiply(column))
      if (!Number.isFinite(norm(product))) return yield* new ProductNotFinite({ product: basis.length + 1 })
      for (const [i, rest] of outside.entries()) {
        const component = dot(rest, column)
        addScaled(rest, -component, column)
        inside[i]!.push(component)
      }
      basis.push(column)
      const along = Array.from(orthogonalize(product, basis).along)
      projection.push(along)
      inside.push([...along])
      outside.push(product)
    }
  })

/** The rows of T up to the diagonal. */
const triangleOf = ({ diagonal, offDiagonal }: Krylov): Array<ReadonlyArray<number>> =>
  diagonal.map((entry, i) => [...new Array<number>(Math.max(0, i - 1)).fill(0), ...offDiagonal.slice(i - 1, i), entry])

interface Off {
  readonly value: number // θ
  readonly residual: Float64Array // r = H y − θ y
}

/** The wanted pair whose residual is the largest multiple of what is acceptable; undefined where all are acceptable. */
const furthestOff = (
  { values, rows }: TridiagonalEigen,
  outside: ReadonlyArray<Float64Array>,
  wanted: Wanted,
  acceptable: Acceptable
): Off | undefined => {
  const size = values.length
  const magnitude = magnitudeOf(values)
  let [found, furthest]: [Off | undefined, number] = [undefined, 1]
  for (const { at, end } of placesOf(wanted, size)!) {
    const value = values[at]!
    const residual = combine(
      outside,
      Float64Array.from(outside, (_, i) => rows[size - outside.length + i]![at]!)
    )
    const times = norm(residual) / acceptable(value, end, magnitude)
    if (times > furthest) [found, furthest] = [{ value, residual }, times]
  }
  return found
}

/** The guesses are off, too: nearer than this share of |θ| their eigenvalues say nothing. */
const nearest = 0.01

/** A correction of which this share or less is new is left for the residual alone. */
const dependent = 1e-6

/**
 * The direction of t = (1 − H̃/θ)⁻¹ r without its part along the basis, H̃ = Σ λ g gᵀ being what is known of H:
 *
 *     t = r + Σ λ/(θ − λ) g gᵀr
 */
const directionOf = (
  { value, residual }: Off,
  guesses: ReadonlyArray<Guess>,
  basis: ReadonlyArray<Float64Array>
): Float64Array => {
  const correction = residual.slice() // t
  for (const { value: known, vector } of guesses) {
    const least = nearest * Math.max(Math.abs(value), Math.abs(known))
    const gap = value - known
    const distance = Math.abs(gap) >= least ? gap : gap < 0 ? -least : least
    if (distance !== 0) addScaled(correction, (known / distance) * dot(vector, residual), vector)
  }
  const before = norm(correction)
  const corrected = orthogonalize(correction, basis).left
  const isNew = corrected > dependent * before
  const direction = isNew ? correction : residual
  const left = isNew ? corrected : orthogonalize(residual, basis).left // of a small one rounding of large products lies along it
  scale(direction, 1 / left)
  return direction
}
