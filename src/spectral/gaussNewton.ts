/**
 * The two parts of a Hessian H = G + R: the Gauss–Newton matrix G = Jᵀ(∇²ℓ)J, which the curvature of the loss makes, and
 * the rest, which the curvature of the network makes. Takes products with H and G, knows neither loss nor network.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../random/Prng.ts"
import { dot } from "../tensor/dot.ts"
import type { ProductNotFinite } from "./Errors.ts"
import { type Eigenpair, type LanczosSpectrum, lanczos } from "./lanczos.ts"
import { difference, type Multiply } from "./operators.ts"

export interface SplitOptions<E, R> {
  readonly dimension: number
  /** v ↦ Hv */
  readonly hessian: Multiply<E, R>
  /** v ↦ Gv */
  readonly gaussNewton: Multiply<E, R>
  /** Relative. */
  readonly tolerance: number
  /** Of each of the three spectra. */
  readonly maxProducts: number
}

export interface CurvatureSplit {
  /** λmax(H) */
  readonly hessian: Eigenpair
  /** λmax(G) */
  readonly gaussNewton: Eigenpair
  /** λmax(R) and λmin(R) */
  readonly rest: { readonly high: Eigenpair; readonly low: Eigenpair }
  /** vᵀGv and vᵀRv for the top eigenvector v of H: they sum to λmax(H), to its residual. */
  readonly along: { readonly gaussNewton: number; readonly rest: number }
  /** Products with H and with G. */
  readonly products: { readonly hessian: number; readonly gaussNewton: number }
  readonly tolerance: number
  /** All four eigenvalues are, and with probability 0.99 each is an end of its spectrum. */
  readonly converged: boolean
}

/**
 * The ends of the spectra of H, G and R = H − G, and what G and R contribute to the sharpest direction.
 *
 * Errors  ProductNotFinite
 */
export const splitCurvature = <E, R>(
  options: SplitOptions<E, R>
): Effect.Effect<CurvatureSplit, E | ProductNotFinite, R> =>
  Effect.gen(function* () {
    const { dimension, hessian, gaussNewton, tolerance, maxProducts } = options
    const ends = (label: string, multiply: Multiply<E, R>, smallest: number) =>
      lanczos({
        dimension,
        multiply,
        start: normal(split(fromSeed("curvature split"), label), dimension),
        wanted: { largest: 1, smallest },
        tolerance,
        maxProducts,
        doubt: 0.01
      })
    const ofHessian: LanczosSpectrum = yield* ends("hessian", hessian, 0)
    const ofGaussNewton: LanczosSpectrum = yield* ends("gauss-newton", gaussNewton, 0)
    const ofRest: LanczosSpectrum = yield* ends("rest", difference(hessian, gaussNewton), 1)
    // Where R is nothing but rounding, as of a linear model, no search for its ends can settle.
    const isRounding = [ofRest.largest[0]!, ofRest.smallest[0]!].every(
      ({ value }) => Math.abs(value) <= 2 * ofRest.rounding
    )
    const { vector, value } = ofHessian.largest[0]!
    const share = dot(vector, new Float64Array(yield* gaussNewton(vector)))
    return {
      hessian: ofHessian.largest[0]!,
      gaussNewton: ofGaussNewton.largest[0]!,
      rest: { high: ofRest.largest[0]!, low: ofRest.smallest[0]! },
      along: { gaussNewton: share, rest: value - share },
      products: {
        hessian: ofHessian.products + ofRest.products,
        gaussNewton: ofGaussNewton.products + ofRest.products + 1
      },
      tolerance,
      converged: ofHessian.converged && ofGaussNewton.converged && (ofRest.converged || isRounding)
    }
  })
