/**
 * Linear regression with ½ (⟨w, x⟩ − y)², the mean over the given samples, written out by hand; and a quadratic with its
 * exact trajectories. For tests of what takes functions.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../src/random/Prng.ts"
import type { FloatArray } from "../../src/tensor/Tensor.ts"
import type { BatchGradient } from "../../src/train/batchGradient.ts"

export interface Regression {
  readonly samples: number
  readonly gradient: BatchGradient<never, never>
  readonly loss: (weights: FloatArray) => Effect.Effect<number>
}

/** `samples` normal inputs of `features` features, and normal targets. */
export const regression = (samples: number, features: number, seed: number): Regression => {
  const prng = fromSeed(seed)
  const inputs = normal(split(prng, "inputs"), samples * features)
  const targets = normal(split(prng, "targets"), samples)
  const gradient: Regression["gradient"] = (weights, chosen) =>
    Effect.sync(() => {
      const out = weights instanceof Float32Array ? new Float32Array(features) : new Float64Array(features)
      let loss = 0
      for (const n of chosen) {
        const x = inputs.subarray(n * features, (n + 1) * features)
        const residual = x.reduce((sum, value, i) => sum + value * weights[i]!, 0) - targets[n]!
        loss += (0.5 * residual ** 2) / chosen.length
        x.forEach((value, i) => {
          out[i]! += (residual * value) / chosen.length
        })
      }
      return { loss, gradient: out }
    })
  const all = Int32Array.from({ length: samples }, (_, i) => i)
  return { samples, gradient, loss: (weights) => Effect.map(gradient(weights, all), ({ loss }) => loss) }
}

/** L = ½ Σ λᵢ wᵢ² and its gradient. */
export const quadraticGradient =
  (...curvatures: ReadonlyArray<number>) =>
  (weights: FloatArray) =>
    Effect.succeed({
      loss: curvatures.reduce((sum, curvature, i) => sum + 0.5 * curvature * weights[i]! ** 2, 0),
      gradient: weights.map((w: number, i: number) => curvatures[i]! * w) as FloatArray
    })
