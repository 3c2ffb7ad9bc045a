/**
 * What to take as the result of a run that ends while it oscillates: at the edge of stability the weights jump to and fro
 * along the sharpest direction, and norms of them mix the jump with where the run is. Knows nothing of norms.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"
import type { StartNotFinite } from "./Errors.ts"
import { type Descend, type Descent, gradientDescent } from "./gradientDescent.ts"

export interface ReadOutOptions<E, R> {
  /** The run's own, and the settings it had. */
  readonly descend: Descend<E, R>
  readonly start: FloatArray // [(1 + memory) · p]
  readonly learningRate: number // η
  readonly dimension?: number // p
  readonly chunk: number
  /** The run that is read out. */
  readonly descent: Descent
  /**
   * Go on with a smaller learning rate until the loss is at most `threshold`. Networks sharpen again on a long tail, so
   * take the threshold of the run, or few steps. Default no such read-out
   */
  readonly decay?: {
    readonly learningRate: number
    readonly threshold: number
    readonly maxSteps: number
    /** Default 1 */
    readonly patience?: number
  }
}

export interface ReadOuts {
  /** w_t, as the run ended. Shape [p] */
  readonly raw: FloatArray
  /** (w_{t−1} + w_t) / 2: without what has period two. There is none at step 0. Shape [p] */
  readonly twoStep: FloatArray | undefined
  /** (w_{t−1} + 2 w_t + w_{t+1}) / 4: the same, centred at t. There is none at step 0. Shape [p] */
  readonly midpoint: FloatArray | undefined
  /** The run that went on from w_t, with its steps counted from t. */
  readonly decayed: Descent | undefined
}

/**
 * The read-outs of a finished run. Costs at most about a chunk of steps, and those of the decay; for a run that did not
 * end where it was last saved (`Unstable`) the steps up to its first touch.
 *
 * Source  the midpoint: Cohen et al. 2024 (arXiv 2410.24206), centralflows
 */
export const readOut = <E, R>(options: ReadOutOptions<E, R>): Effect.Effect<ReadOuts, E | StartNotFinite, R> =>
  Effect.gen(function* () {
    const { descend, learningRate, descent, decay, chunk } = options
    const { dimension = options.start.length } = options
    const { steps, theta, point } = descent
    const onwards: Descend<E, R> = (from, rate, count, step = 0) => descend(from, rate, count, steps + step)
    const decayed =
      decay === undefined
        ? undefined
        : yield* gradientDescent({ patience: 1, ...decay, descend: onwards, start: point, dimension, chunk })
    if (steps === 0) return { raw: theta, twoStep: undefined, midpoint: undefined, decayed }

    const from = lastKnown(options, steps - 1)
    const before = (yield* descend(from.point, learningRate, steps - 1 - from.step, from.step)).theta // w_{t−1}
    const after = (yield* descend(point, learningRate, 1, steps)).theta // w_{t+1}
    return {
      raw: theta,
      twoStep: theta.map((w: number, i: number) => (before[i]! + w) / 2) as FloatArray,
      midpoint: theta.map((w: number, i: number) => (before[i]! + 2 * w + after[i]!) / 4) as FloatArray,
      decayed
    }
  })

/** The last point of the run at or before a step, of those that are kept. */
const lastKnown = <E, R>(
  { start, chunk, descent: { state } }: ReadOutOptions<E, R>,
  step: number
): { readonly step: number; readonly point: FloatArray } => {
  if (state.step <= step) return { step: state.step, point: state.theta }
  if (state.step - chunk <= step && state.step > 0) return { step: state.step - chunk, point: state.previousTheta }
  return { step: 0, point: start }
}
