/**
 * One block Krylov space of a symmetric matrix, grown by several vectors at a time until it is enough for its purpose. Meets
 * as many copies of a multiple eigenvalue as a block has vectors. Knows nothing of restarts, nor of what is looked for.
 */
import * as Effect from "effect/Effect"
import { dot } from "../tensor/dot.ts"
import { ProductNotFinite } from "./Errors.ts"
import { type Mapped, roundoff } from "./residual.ts"
import { type Acceptable, magnitudeOf, placesOf, type RitzEnds, ritzEnds, type Wanted } from "./ritz.ts"
import { symmetricEigen } from "./symmetricEigen.ts"
import { norm, orthogonalize, scale } from "./vectors.ts"

export interface BlockKrylovOptions<E, R> {
  /** V ↦ H V. Shape [n] × b → [n] × b */
  readonly multiplyBlock: (vectors: ReadonlyArray<Float64Array>) => Effect.Effect<ReadonlyArray<Float64Array>, E, R>
  /** Orthonormal, and orthogonal to `locked`. */
  readonly starts: ReadonlyArray<Float64Array>
  /** Orthonormal vectors whose span is left out. */
  readonly locked: ReadonlyArray<Float64Array>
  /** Whether the space serves its purpose and need not grow. */
  readonly enough: (space: BlockKrylov) => boolean
  readonly maxProducts: number
  /** Products made before, for the message of an error. */
  readonly productsBefore: number
}

/** H Q = Q T + (the last block's remainders), with Q = `basis`. */
export interface BlockKrylov extends Mapped {
  /** T = QᵀHQ. Shape [m] × m, of which the lower triangle counts */
  readonly projection: ReadonlyArray<ArrayLike<number>>
  /** Components of the last block's products along the directions in which the space grows. Shape [b'] × b */
  readonly remainders: ReadonlyArray<ArrayLike<number>>
  readonly closed: boolean
  readonly accurate: boolean
}

/**
 * Grows the Krylov space of the starts, one product per dimension, as many at a time as there are starts.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Golub, Underwood 1977, "The block Lanczos method for computing eigenvalues"
 */
export const growBlockKrylov = <E, R>(
  options: BlockKrylovOptions<E, R>
): Effect.Effect<BlockKrylov, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { locked, maxProducts, multiplyBlock } = options
    const dimension = options.starts[0]!.length
    const room = dimension - locked.length
    const frame = [...locked]
    const basis: Array<Float64Array> = []
    const images: Array<Float64Array> = []
    const projection: Array<ArrayLike<number>> = []
    let block = options.starts.slice(0, maxProducts)
    let size = 0 // lower bound of ‖H‖
    while (true) {
      const products = (yield* multiplyBlock(block)).map((product) => new Float64Array(product))
      for (const [i, product] of products.entries()) {
        const length = norm(product)
        if (!Number.isFinite(length)) {
          return yield* new ProductNotFinite({ product: options.productsBefore + basis.length + i + 1 })
        }
        size = Math.max(size, length)
      }
      basis.push(...block)
      frame.push(...block)
      const inside = products.map((product) => orthogonalize(product, frame).along)
      projection.push(...inside.map((along) => along.subarray(locked.length)))
      const { next, remainders } = remaindersOf(products, frame, roundoff(dimension) * size, room - basis.length)
      images.push(...inside.map((along, i) => Float64Array.of(...along, ...remainders.map((row) => row[i]!))))
      const closed = next.length === 0
      const space = { basis, images, locked: locked.length, projection, remainders, closed, accurate: true }
      if (closed || options.enough(space)) return space
      if (basis.length + next.length > maxProducts) return { ...space, accurate: false }
      block = next
    }
  })

/** An orthonormal basis of what products have outside of the space, and their components along it. */
export const remaindersOf = (
  outside: ReadonlyArray<Float64Array>,
  frame: ReadonlyArray<Float64Array>,
  negligible: number,
  room: number
) => {
  const next: Array<Float64Array> = []
  for (const part of outside) {
    const direction = part.slice()
    const { left } = orthogonalize(direction, [...frame, ...next])
    if (next.length >= room || left <= negligible) continue
    scale(direction, 1 / left)
    next.push(direction)
  }
  const remainders = next.map((direction) => Float64Array.from(outside, (part) => dot(direction, part)))
  return { next, remainders }
}

interface Eigen {
  readonly values: Float64Array
  readonly rows: ReadonlyArray<Float64Array>
}

/** Whether the Ritz pairs at the wanted ends are accurate: ‖Hy − θy‖ = ‖B s‖, s the last block of y's coefficients. */
export const blockIsAccurate = (
  { projection, remainders }: BlockKrylov,
  wanted: Wanted,
  acceptable: Acceptable
): boolean => {
  const size = projection.length
  const places = placesOf(wanted, size)
  if (places === undefined) return false
  const { values, rows }: Eigen = symmetricEigen(projection)
  const magnitude = magnitudeOf(values)
  return places.every(({ at, end }) => {
    const squared = remainders.reduce((sum, row) => {
      const first = size - row.length
      let component = 0
      for (let c = 0; c < row.length; c++) component += row[c]! * rows[first + c]![at]!
      return sum + component ** 2
    }, 0)
    return Math.sqrt(squared) <= acceptable(values[at]!, end, magnitude)
  })
}

/** The Ritz pairs at the wanted ends. */
export const blockRitzPairs = (space: BlockKrylov, wanted: Wanted): RitzEnds =>
  ritzEnds(space, symmetricEigen(space.projection), wanted)
