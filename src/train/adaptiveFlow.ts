/**
 * Gradient flow with steps as long as an estimate of their error allows: a check of `gradientFlow`, whose steps follow
 * from the sharpness alone. Knows nothing of how a gradient or the sharpness is computed, of files or of clocks.
 */
import * as Effect from "effect/Effect"
import { dormandPrinceStep } from "./dormandPrince.ts"
import type { FlowState } from "./FlowState.ts"
import { type Flow, type FollowOptions, follow, type Reached, type Stepper } from "./follow.ts"

/** A flow's state, with the length that the next step will try first; 0 before the first. */
export interface AdaptiveFlowState extends FlowState {
  readonly nextLength: number
}

export interface AdaptiveFlowOptions<E, R, E2, R2> extends FollowOptions<AdaptiveFlowState, E, R, E2, R2> {
  /**
   * The estimated error of a step may be this share of each weight, plus `absoluteTolerance`, in the mean over the weights.
   * In float32 a smaller one than 1e-5 asks for less than the rounding of a gradient. Default 1e-6
   */
  readonly relativeTolerance?: number
  /** Unit: weight. Default 1e-8 */
  readonly absoluteTolerance?: number
}

/** How much of the length that would meet the tolerance is tried, and by how much a length changes at most. */
const caution = 0.9
const shrinkMost = 0.2
const growMost = 5

/**
 * Follows the flow by the pair of Dormand and Prince, until the loss is `threshold`. Ends, measurements and results are
 * those of `gradientFlow`. A step with too large an error, or to where the loss is not finite, is made again at a shorter
 * length; `Diverged` means that even the shortest one fails.
 *
 * Source  Hairer, Nørsett, Wanner 1993, "Solving Ordinary Differential Equations I", II.4
 */
export const adaptiveFlow = <E, R, E2 = never, R2 = never>(
  options: AdaptiveFlowOptions<E, R, E2, R2>
): Effect.Effect<Flow<AdaptiveFlowState>, E | E2, R | R2> => {
  const { relativeTolerance = 1e-6, absoluteTolerance = 1e-8 } = options
  const scale = (w: number, next: number) =>
    absoluteTolerance + relativeTolerance * Math.max(Math.abs(w), Math.abs(next))
  return follow(options, (state) => ({ ...state, nextLength: 0 }), adaptiveStep(scale))
}

type Scale = (w: number, next: number) => number

/** A step whose error is within the scale. */
const adaptiveStep =
  <E, R>(scale: Scale): Stepper<AdaptiveFlowState, E, R> =>
  (slope, here, { time, nextLength }, limit) =>
    Effect.gen(function* () {
      const { theta, gradient } = here
      const attempt = (h: number) => dormandPrinceStep(slope, theta, gradient, h)
      let free = nextLength > 0 ? nextLength : firstLength(here, scale)
      let grow = growMost
      while (true) {
        const length = Math.min(free, limit)
        if (!(length > 0 && time + length > time)) return undefined
        const { reached, error } = yield* attempt(length)
        const size = errorSize(error, theta, reached.theta, scale)
        const fine = Number.isFinite(reached.loss) && size <= 1
        const factor = Number.isFinite(size) ? Math.min(grow, Math.max(shrinkMost, caution * size ** -0.2)) : shrinkMost
        if (fine) {
          // a cut step says little about longer ones: the length that was free is kept unless this one asks for less
          const next = length < free && factor >= 1 ? Math.max(free, length * factor) : length * factor
          const remember = (state: AdaptiveFlowState) => ({ ...state, nextLength: next })
          const advance = (h: number) => Effect.map(attempt(h), (made) => made.reached)
          return { length, reached, cut: length < free, advance, remember }
        }
        free = length * (size <= 1 ? shrinkMost : factor)
        grow = 1 // not to try again at once what has just failed
      }
    })

/** The estimated error, at 1 where it is as large as is allowed: the root of the mean square over the weights. */
const errorSize = (error: Float64Array, theta: Float64Array, next: Float64Array, scale: Scale): number => {
  let sum = 0
  for (let i = 0; i < error.length; i++) sum += (error[i]! / scale(theta[i]!, next[i]!)) ** 2
  return Math.sqrt(sum / error.length)
}

/** A length over which the weights change by about 1 % of themselves. */
const firstLength = ({ theta, gradient }: Reached, scale: Scale): number => {
  let size = 0
  let slope = 0
  for (let i = 0; i < theta.length; i++) {
    const allowed = scale(theta[i]!, theta[i]!)
    size += (theta[i]! / allowed) ** 2
    slope += (gradient[i]! / allowed) ** 2
  }
  const length = 0.01 * Math.sqrt(size / slope)
  return length > 0 && Number.isFinite(length) ? length : 1e-6
}
