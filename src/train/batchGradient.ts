/**
 * Gradients of a chosen set of samples, put together: over the batches of stochastic descent, over all samples, and in
 * micro-batches that need less memory. Knows nothing of how one is computed.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"
import type { Batches } from "./batches.ts"
import type { StepGradient } from "./descendBy.ts"
import { requireSetting } from "./Errors.ts"

/** The mean over these samples of the loss and its gradient. Shape [p], [n] → [p] */
export type BatchGradient<E, R> = (
  weights: FloatArray,
  samples: Int32Array
) => Effect.Effect<{ readonly loss: number; readonly gradient: FloatArray }, E, R>

/** The gradient of every step's own batch. */
export const stochastic =
  <E, R>(gradient: BatchGradient<E, R>, { at }: Batches): StepGradient<E, R> =>
  (weights, step) =>
    gradient(weights, at(step))

/** The gradient over all samples 0 … N − 1. */
export const fullBatch = <E, R>(gradient: BatchGradient<E, R>, samples: number): StepGradient<E, R> => {
  const all = Int32Array.from({ length: samples }, (_, i) => i)
  return (weights) => gradient(weights, all)
}

/**
 * The same gradient from at most `size` samples at a time: Σ (n_b / n) g_b over the micro-batches b, summed in float64
 * and rounded to the type of the gradient once. Equal to the gradient of the whole to rounding, where the loss is a mean
 * over samples.
 *
 * Errors  SettingOutOfRange
 */
export const inMicroBatches = <E, R>(gradient: BatchGradient<E, R>, size: number): BatchGradient<E, R> => {
  requireSetting(Number.isInteger(size) && size >= 1, "micro-batch size", "a whole number, at least 1", size)
  return (weights, samples) =>
    Effect.gen(function* () {
      if (samples.length <= size) return yield* gradient(weights, samples)
      const sum = new Float64Array(weights.length)
      let loss = 0
      for (let first = 0; first < samples.length; first += size) {
        const some = samples.subarray(first, first + size)
        const part = yield* gradient(weights, some)
        const share = some.length / samples.length
        loss += share * part.loss
        for (let i = 0; i < sum.length; i++) sum[i]! += share * part.gradient[i]!
      }
      return { loss, gradient: weights instanceof Float32Array ? new Float32Array(sum) : sum }
    })
}
