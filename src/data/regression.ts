/**
 * Linear regression with Gaussian inputs: fewer samples than features fit in many ways, of which β* is one. Knows nothing of
 * models.
 */
import { fromSeed, normal, split } from "../random/Prng.ts"
import { tensor } from "../tensor/Tensor.ts"
import type { Dataset } from "./Dataset.ts"

export interface RegressionOptions {
  readonly samples: number // n
  readonly features: number // d
  /** The share of β*'s entries that are not 0, one at least: the first ones, since no feature differs from the others. */
  readonly density: number
  /** Standard deviation of what is added to the training targets. */
  readonly noise: number
  readonly seed: number
}

/**
 * Inputs x ~ N(0, I), targets ⟨β*, x⟩ + noise, with s entries β*ᵢ ~ N(0, 1/s), in float64. Tested on √d eᵢ with the targets
 * √d β*ᵢ: for a linear predictor the test loss ½ mean of squares is then ½ ‖β − β*‖², its expectation over inputs, exactly.
 *
 * Shape  train inputs [n, d], targets [n, 1]; test inputs [d, d], targets [d, 1]
 */
export const drawRegression = ({ samples, features, density, noise, seed }: RegressionOptions): Dataset => {
  const generator = fromSeed(seed)
  const nonZero = Math.max(1, Math.round(density * features)) // s
  const truth = normal(split(generator, "truth"), nonZero).map((value) => value / Math.sqrt(nonZero)) // β*, without zeros
  const inputs = normal(split(generator, "inputs"), samples * features)
  const errors = normal(split(generator, "noise"), samples)
  const targets = errors.map((error, sample) =>
    truth.reduce((sum, value, i) => sum + value * inputs[sample * features + i]!, noise * error)
  )
  const scale = Math.sqrt(features)
  const axes = new Float64Array(features * features)
  const alongAxes = new Float64Array(features)
  for (let i = 0; i < features; i++) {
    axes[i * features + i] = scale
    alongAxes[i] = scale * (truth[i] ?? 0)
  }
  return {
    train: { inputs: tensor([samples, features], inputs), targets: tensor([samples, 1], targets) },
    test: { inputs: tensor([features, features], axes), targets: tensor([features, 1], alongAxes) }
  }
}
