/**
 * One Krylov space of a symmetric matrix, grown vector by vector until it is enough for its purpose. Every basis vector is
 * made orthogonal to all others and to what is `locked`, so no spurious copies of eigenvalues arise. Knows nothing of
 * restarts, nor of what is looked for.
 */
import * as Effect from "effect/Effect"
import { dot } from "../tensor/dot.ts"
import { ProductNotFinite } from "./Errors.ts"
import type { Multiply } from "./operators.ts"
import { type Mapped, roundoff } from "./residual.ts"
import { addScaled, norm, orthogonalize, scale } from "./vectors.ts"

/** The matrix within a Krylov space: H Q = Q T + β q eᵀ, with T tridiagonal and q the direction in which the space grows. */
export interface Projection {
  readonly diagonal: ReadonlyArray<number> // [m]
  readonly offDiagonal: ReadonlyArray<number> // [m − 1]
  /** β */
  readonly remainder: number
}

export interface KrylovOptions<E, R> {
  readonly multiply: Multiply<E, R>
  /** Of norm 1 and orthogonal to `locked`. */
  readonly start: Float64Array
  /** Orthonormal vectors whose span is left out. */
  readonly locked: ReadonlyArray<Float64Array>
  /** Whether the space serves its purpose and need not grow. */
  readonly enough: (projection: Projection) => boolean
  readonly maxProducts: number
  /** Products made before, for the message of an error. */
  readonly productsBefore: number
}

/** Q = `basis` and the tridiagonal T = QᵀHQ. */
export interface Krylov extends Projection, Mapped {
  /** The direction in which the space grows, of norm 1; where it is closed, of no meaning. [n] */
  readonly offDirection: Float64Array // q
  /** H maps the space into itself: its Ritz pairs are eigenpairs, and it cannot grow. */
  readonly closed: boolean
  /** It was enough, or is closed; not, if it was the products that ran out. */
  readonly accurate: boolean
}

/**
 * Grows the Krylov space of `start`, one product per dimension.
 *
 * Errors  ProductNotFinite if a product has an entry that is not finite
 * Source  Parlett 1998, "The Symmetric Eigenvalue Problem", ch. 13
 */
export const growKrylov = <E, R>(options: KrylovOptions<E, R>): Effect.Effect<Krylov, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { locked, maxProducts } = options
    const dimension = options.start.length
    const room = dimension - locked.length
    const frame = [...locked]
    const basis: Array<Float64Array> = []
    const images: Array<Float64Array> = []
    const diagonal: Array<number> = []
    const offDiagonal: Array<number> = []
    let next = options.start
    let size = 0 // lower bound of ‖H‖
    while (true) {
      const column = next
      basis.push(column)
      frame.push(column)
      const product = new Float64Array(yield* options.multiply(column))
      const length = norm(product)
      if (!Number.isFinite(length)) {
        return yield* new ProductNotFinite({ product: options.productsBefore + basis.length })
      }
      const image = new Float64Array(frame.length + 1)
      const takeOff = (component: number, j: number): void => {
        addScaled(product, -component, frame[j]!)
        image[j]! += component
      }
      const alpha = dot(column, product)
      diagonal.push(alpha)
      takeOff(alpha, frame.length - 1)
      if (basis.length > 1) takeOff(offDiagonal.at(-1)!, frame.length - 2)
      const { left: remainder, along } = orthogonalize(product, frame) // β; only rounding is left of the rest
      for (const [j, component] of along.entries()) image[j]! += component
      image[frame.length] = remainder
      images.push(image)
      size = Math.max(size, length)
      const closed = basis.length >= room || remainder <= roundoff(dimension) * size
      const accurate = closed || options.enough({ diagonal, offDiagonal, remainder })
      if (remainder > 0) scale(product, 1 / remainder)
      if (accurate || basis.length >= maxProducts) {
        const projection = { diagonal, offDiagonal, remainder }
        return { ...projection, basis, images, locked: locked.length, offDirection: product, closed, accurate }
      }
      offDiagonal.push(remainder)
      next = product
    }
  })
