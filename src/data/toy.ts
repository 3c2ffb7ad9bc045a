/**
 * The smallest data set on which norm and sharpness are in conflict: one sample for two weights.
 */
import type { FloatDType } from "../tensor/DType.ts"
import { tensor } from "../tensor/Tensor.ts"
import type { Dataset } from "./Dataset.ts"

const sample = [2, 1] as const // x
const target = 1 // y
const truth = [0.25, 0.5] as const // β*, which fits the sample: ⟨β*, x⟩ = 1

/**
 * Trained on x = (2, 1), y = 1; tested on the unit vectors eᵢ with the targets β*ᵢ, as a predictor f(x) = ⟨β, x⟩ then
 * has the test error ‖β − β*‖² = `toyErrorPerTestLoss` · test loss.
 *
 * Shape  train inputs [1, 2], targets [1, 1]; test inputs [2, 2], targets [2, 1]
 */
export const toyDataset = (dtype: FloatDType): Dataset => {
  const values = (...numbers: ReadonlyArray<number>) =>
    dtype === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers)
  return {
    train: { inputs: tensor([1, 2], values(...sample)), targets: tensor([1, 1], values(target)) },
    test: { inputs: tensor([2, 2], values(1, 0, 0, 1)), targets: tensor([2, 1], values(...truth)) }
  }
}

/**
 * ‖β − β*‖² = 2 M · test loss, for the loss ½ Σ over outputs, mean over the M = 2 test samples:
 * test loss = (1/M) Σᵢ ½ (βᵢ − β*ᵢ)².
 */
export const toyErrorPerTestLoss = 4
