/**
 * Steps of any optimizer from a function that gives the gradient: what drives `gradientDescent` where the step is not a
 * graph of its own. Knows nothing of how a gradient is computed, nor of stopping.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"
import type { Descend } from "./gradientDescent.ts"
import type { Optimizer } from "./Optimizer.ts"

/** L and ∇L at w for the step of this number: of all samples, or of the step's batch. Shape [p] → [p] */
export type StepGradient<E, R> = (
  weights: FloatArray,
  step: number
) => Effect.Effect<{ readonly loss: number; readonly gradient: ArrayLike<number> }, E, R>

export interface DescendByOptions<E, R> {
  readonly gradient: StepGradient<E, R>
  readonly optimizer: Optimizer
  /**
   * The loss by which the run is judged, where it is not that of the gradient: of all samples, for a run on batches. It is
   * evaluated at steps that are multiples of `every` and where a call begins, and counts until it is evaluated again. So
   * let `chunk` be a multiple of `every`, and `patience` larger.
   */
  readonly judge?: {
    readonly loss: (weights: FloatArray) => Effect.Effect<number, E, R>
    readonly every: number
  }
}

/**
 * A `descend` for `gradientDescent`, over points of the optimizer (see `startingPoint`; their number of weights is the
 * driver's `dimension`). Deterministic if the functions it is given are.
 */
export const descendBy =
  <E, R>({ gradient, optimizer, judge }: DescendByOptions<E, R>): Descend<E, R> =>
  (start, learningRate, steps, from = 0) =>
    Effect.gen(function* () {
      const point = start.slice()
      const size = point.length / (1 + optimizer.memory)
      const losses = point instanceof Float32Array ? new Float32Array(steps) : new Float64Array(steps)
      let judged = 0
      for (let i = 0; i < steps; i++) {
        const step = from + i
        const weights = point.slice(0, size) // the point changes in place, and a gradient may keep what it was given
        if (judge !== undefined && (i === 0 || step % judge.every === 0)) judged = yield* judge.loss(weights)
        const here = yield* gradient(weights, step)
        losses[i] = judge === undefined ? here.loss : judged
        optimizer.update(point, here.gradient, learningRate)
      }
      return { theta: point, losses }
    })
