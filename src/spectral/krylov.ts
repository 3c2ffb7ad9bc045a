/**
 * One Krylov space of a symmetric matrix, grown vector by vector until the wanted ends of its spectrum are accurate.
 * Every basis vector is made orthogonal to all others and to what is `locked`, so no spurious copies of eigenvalues
 * arise. Knows nothing of restarts.
 */
import * as Effect from "effect/Effect"
import { ProductNotFinite } from "./Errors.ts"
import { tridiagonalEigen, unitRow } from "./tridiagonal.ts"
import { addScaled, dot, norm, orthogonalize, scale } from "./vectors.ts"

/** How many eigenpairs are wanted at each end of the spectrum. */
export interface Wanted {
  readonly largest: number
  readonly smallest: number
}

export interface KrylovOptions<E, R> {
  readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array, E, R>
  /** Of norm 1 and orthogonal to `locked`. */
  readonly start: Float64Array
  /** Orthonormal vectors whose span is left out. */
  readonly locked: ReadonlyArray<Float64Array>
  readonly wanted: Wanted
  /** The largest acceptable residual of a Ritz value at an end, given the largest |Ritz value|. */
  readonly acceptable: (value: number, end: keyof Wanted, magnitude: number) => number
  readonly maxProducts: number
  /** Products made before, for the message of an error. */
  readonly productsBefore: number
}

/** Q = `basis` and the tridiagonal T = QᵀHQ. */
export interface Krylov {
  readonly basis: ReadonlyArray<Float64Array> // [n] × m
  readonly diagonal: ReadonlyArray<number> // [m]
  readonly offDiagonal: ReadonlyArray<number> // [m − 1]
  /** H maps the space into itself: its Ritz pairs are eigenpairs, and it cannot grow. */
  readonly closed: boolean
  /** The wanted pairs are accurate. */
  readonly accurate: boolean
}

/** Below this times the norm of H a remainder is rounding, and the space is closed. */
const roundoff = (dimension: number): number => 16 * Number.EPSILON * Math.sqrt(dimension)

/**
 * Grows the Krylov space of `start`, one product per dimension.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Parlett 1998, "The Symmetric Eigenvalue Problem", ch. 13: ‖Hy − θy‖ = β |s| for the Ritz pair (θ, y = Q s̄),
 *         s the last component of s̄
 */
export const growKrylov = <E, R>(options: KrylovOptions<E, R>): Effect.Effect<Krylov, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { locked, wanted, maxProducts } = options
    const dimension = options.start.length
    const room = dimension - locked.length
    const basis: Array<Float64Array> = []
    const diagonal: Array<number> = []
    const offDiagonal: Array<number> = []
    let next = options.start
    let size = 0 // lower bound of ‖H‖
    while (true) {
      const column = next
      basis.push(column)
      const product = Float64Array.from(yield* options.multiply(column))
      const length = norm(product)
      if (!Number.isFinite(length)) {
        return yield* new ProductNotFinite({ product: options.productsBefore + basis.length })
      }
      const alpha = dot(column, product)
      diagonal.push(alpha)
      addScaled(product, -alpha, column)
      orthogonalize(product, locked, basis)
      const beta = norm(product)
      size = Math.max(size, length)
      const closed = basis.length >= room || beta <= roundoff(dimension) * size
      const accurate = closed || wantedAreAccurate(diagonal, offDiagonal, beta, wanted, options.acceptable)
      if (accurate || basis.length >= maxProducts) return { basis, diagonal, offDiagonal, closed, accurate }
      scale(product, 1 / beta)
      offDiagonal.push(beta)
      next = product
    }
  })

const wantedAreAccurate = (
  diagonal: ReadonlyArray<number>,
  offDiagonal: ReadonlyArray<number>,
  beta: number,
  wanted: Wanted,
  acceptable: (value: number, end: keyof Wanted, magnitude: number) => number
): boolean => {
  const size = diagonal.length
  if (size < wanted.largest + wanted.smallest) return false // one Ritz pair must not stand for both ends
  const { values, rows } = tridiagonalEigen(diagonal, offDiagonal, [unitRow(size, size - 1)])
  const magnitude = Math.max(Math.abs(values[0]!), Math.abs(values[size - 1]!))
  const within = (i: number, end: keyof Wanted): boolean =>
    beta * Math.abs(rows[0]![i]!) <= acceptable(values[i]!, end, magnitude)
  for (let i = 0; i < wanted.largest; i++) if (!within(size - 1 - i, "largest")) return false
  for (let i = 0; i < wanted.smallest; i++) if (!within(i, "smallest")) return false
  return true
}
