/**
 * The ends of a spectrum from products with several vectors at a time: for operators to which a few vectors cost little
 * more than one, and for multiple eigenvalues. Needs more products than `lanczos` for the same ends. Knows nothing of
 * losses or graphs.
 */
import * as Effect from "effect/Effect"
import { blockIsAccurate, blockRitzPairs, growBlockKrylov } from "./blockKrylov.ts"
import type { ProductNotFinite } from "./Errors.ts"
import type { Wanted } from "./ritz.ts"
import { findEnds, type Grow, type Spectrum } from "./search.ts"

export interface BlockLanczosOptions<E, R> {
  readonly dimension: number
  /** V ↦ H V. Shape [n] × b → [n] × b */
  readonly multiplyBlock: (vectors: ReadonlyArray<Float64Array>) => Effect.Effect<ReadonlyArray<Float64Array>, E, R>
  /**
   * The first block; random vectors find every eigenvalue, with probability one. Near eigenvectors (of a matrix nearby) save
   * products, but then one of them must be random: what lies outside of their span is found through it alone.
   * Shape [n] × b
   */
  readonly starts: ReadonlyArray<Float64Array>
  readonly wanted: Wanted
  /** Relative: ‖Hv − λv‖ ≤ tolerance · |λ| for the largest, ≤ tolerance · max|λ| for the smallest. */
  readonly tolerance: number
  /** Counts every vector that is multiplied, but for one more for a pair of which rounding decides whether it converged. */
  readonly maxProducts: number
  /**
   * Whether to look for further copies of a multiple eigenvalue, at the cost of a second space. A block of b vectors meets b
   * copies, so this matters only where more than b are wanted at an end. Default true
   */
  readonly copies?: boolean
}

export interface BlockSpectrum extends Spectrum {
  /** Calls of `multiplyBlock`. */
  readonly calls: number
}

/**
 * The algebraically largest and smallest eigenvalues by the block Lanczos method with full reorthogonalisation; otherwise as
 * `lanczos`. Starts that depend on the others are left out.
 *
 * Shape   starts [n] × b → vectors [n]
 * Errors  ProductNotFinite if a product has an entry that is not finite
 */
export const blockLanczos = <E, R>(
  options: BlockLanczosOptions<E, R>
): Effect.Effect<BlockSpectrum, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, starts, wanted, tolerance, maxProducts, copies = true } = options
    let calls = 0
    const multiplyBlock = (vectors: ReadonlyArray<Float64Array>) => {
      calls++
      return options.multiplyBlock(vectors)
    }
    const grow: Grow<E, R> = ({ goal, acceptable, round: _, ...growth }) =>
      Effect.map(
        growBlockKrylov({ ...growth, multiplyBlock, enough: (space) => blockIsAccurate(space, goal, acceptable) }),
        (space) => ({ ...space, products: space.basis.length, ritz: (ends) => blockRitzPairs(space, ends) })
      )
    const most = Math.max(wanted.largest, wanted.smallest)
    const spectrum = yield* findEnds({
      dimension,
      grow,
      multiply: (vector) => Effect.map(multiplyBlock([vector]), ([product]) => product!),
      starts,
      wanted,
      tolerance,
      maxProducts,
      copies: copies && starts.length < most
    })
    return { ...spectrum, calls }
  })
