/**
 * One block Krylov space of a symmetric matrix, grown by several vectors at a time until it is enough for its purpose. Meets
 * as many copies of a multiple eigenvalue as a block has vectors. Knows nothing of restarts, nor of what is looked for.
 */
import * as Effect from "effect/Effect"
import { dot } from "../tensor/dot.ts"
import { ProductNotFinite } from "./Errors.ts"
import { type Acceptable, type RitzEnds, ritzEnds, type Wanted } from "./ritz.ts"
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
export interface BlockKrylov {
  readonly basis: ReadonlyArray<Float64Array> // [n] × m
  /** T = QᵀHQ. Shape [m] × m, of which the lower triangle counts */
  readonly projection: ReadonlyArray<ArrayLike<number>>
  /** Components of the last block's products along the directions in which the space grows. Shape [b'] × b */
  readonly remainders: ReadonlyArray<ArrayLike<number>>
  readonly closed: boolean
  readonly accurate: boolean
}

/** Below this times the norm of H a remainder is rounding. */
const roundoff = (dimension: number): number => 16 * Number.EPSILON * Math.sqrt(dimension)

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
    const basis: Array<Float64Array> = []
    const projection: Array<ArrayLike<number>> = []
    let block = options.starts.slice(0, maxProducts)
    let size = 0 // lower bound of ‖H‖
    while (true) {
      const images = (yield* multiplyBlock(block)).map((image) => image.slice())
      for (const [i, image] of images.entries()) {
        const length = norm(image)
        if (!Number.isFinite(length)) {
          return yield* new ProductNotFinite({ product: options.productsBefore + basis.length + i + 1 })
        }
        size = Math.max(size, length)
      }
      basis.push(...block)
      for (const image of images) projection.push(Float64Array.from(basis, (column) => dot(column, image)))
      const { next, remainders } = remaindersOf(images, locked, basis, roundoff(dimension) * size, room - basis.length)
      const closed = next.length === 0
      const space = { basis, projection, remainders, closed, accurate: true }
      if (closed || options.enough(space)) return space
      if (basis.length + next.length > maxProducts) return { ...space, accurate: false }
      block = next
    }
  })

/** An orthonormal basis of what of the images lies outside of the space, and their components along it. */
const remaindersOf = (
  images: ReadonlyArray<Float64Array>,
  locked: ReadonlyArray<Float64Array>,
  basis: ReadonlyArray<Float64Array>,
  negligible: number,
  room: number
) => {
  const next: Array<Float64Array> = []
  for (const image of images) orthogonalize(image, locked, basis)
  for (const image of images) {
    const direction = image.slice()
    const length = orthogonalize(direction, locked, basis, next)
    if (next.length >= room || length <= negligible) continue
    scale(direction, 1 / length)
    next.push(direction)
  }
  const remainders = next.map((direction) => Float64Array.from(images, (image) => dot(direction, image)))
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
  if (size < wanted.largest + wanted.smallest) return false
  const { values, rows }: Eigen = symmetricEigen(projection)
  const magnitude = Math.max(Math.abs(values[0]!), Math.abs(values[size - 1]!))
  const within = (i: number, end: keyof Wanted): boolean => {
    const squared = remainders.reduce((sum, row) => {
      const first = size - row.length
      let component = 0
      for (let c = 0; c < row.length; c++) component += row[c]! * rows[first + c]![i]!
      return sum + component ** 2
    }, 0)
    return Math.sqrt(squared) <= acceptable(values[i]!, end, magnitude)
  }
  for (let i = 0; i < wanted.largest; i++) if (!within(size - 1 - i, "largest")) return false
  for (let i = 0; i < wanted.smallest; i++) if (!within(i, "smallest")) return false
  return true
}

/** The Ritz pairs at the wanted ends. */
export const blockRitzPairs = ({ basis, projection }: BlockKrylov, wanted: Wanted): RitzEnds =>
  ritzEnds(basis, symmetricEigen(projection), wanted)
