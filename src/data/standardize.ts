/**
 * Pixels as numbers of a scale that training likes. Knows nothing of images.
 */
import type { FloatArray } from "../tensor/Tensor.ts"

/**
 * - `unit`: x / 255, in [0, 1].
 * - `standard`: (x / 255 − mean) / deviation, with one mean and one deviation over all pixels of the full training set.
 *   One for each pixel would divide by zero, since MNIST's corners are always 0.
 */
export type Scaling = "unit" | "standard"

/**
 * Over the 47,040,000 pixels of MNIST's training images, divided by 255; the deviation is that of the population.
 *
 * Source  computed from the pinned file in exact arithmetic; a test computes it again. Commonly rounded to 0.1307, 0.3081
 */
export const mnistPixels = { mean: 0.13066047627384286, deviation: 0.3081078038564628 }

/** The bytes as floating-point numbers, scaled in float64 and then rounded to the dtype. Shape [n] → [n] */
export const standardize = (bytes: Uint8Array, scaling: Scaling, dtype: "float32" | "float64"): FloatArray => {
  const { mean, deviation } = scaling === "unit" ? { mean: 0, deviation: 1 } : mnistPixels
  const scaled = Float64Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation)
  const out = dtype === "float32" ? new Float32Array(bytes.length) : new Float64Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = scaled[bytes[i]!]!
  return out
}
