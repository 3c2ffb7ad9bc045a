/**
 * The neighbourhood of weights in which the rise of the loss is measured. Knows nothing of losses.
 *
 * Source  Andriushchenko et al. 2023 (arXiv 2302.07011); tml-epfl/sharpness-vs-generalization sharpness.py
 */
import type { FloatArray } from "../tensor/Tensor.ts"

/** Perturbations are w + c ⊙ ε with ‖ε‖ ≤ ρ. */
export interface Neighbourhood {
  readonly norm: "l2" | "maximum"
  readonly radius: number // ρ
  /** c = |w|, which makes the measure blind to a rescaling of the network; or c = 1. */
  readonly adaptive: boolean
  readonly seed: number | string
}

/** c */
export const scaleOf = ({
  adaptive,
  weights
}: {
  readonly adaptive: boolean
  readonly weights: FloatArray
}): ((i: number) => number) => (adaptive ? (i) => Math.abs(weights[i]!) : () => 1)

/** w + c ⊙ ε, in the type of w. */
export const perturbed = (weights: FloatArray, scale: (i: number) => number, epsilon: Float64Array): FloatArray =>
  weights.map((w: number, i: number) => w + scale(i) * epsilon[i]!) as FloatArray
