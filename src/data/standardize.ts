/**
 * Pixels as numbers of a scale that training likes. Knows nothing of images.
 */
import type { FloatDType } from "../tensor/DType.ts"
import type { FloatArray } from "../tensor/Tensor.ts"

/**
 * - `unit`: x / 255, in [0, 1].
 * - `standard`: (x / 255 − mean) / deviation, with one mean and one deviation over all pixels of the full training set.
 *   One deviation for each pixel would divide by zero, since MNIST's corners are always 0.
 * - `centered`: (x / 255 − mean) / deviation, with a mean for each pixel and one deviation over all of them, both of the
 *   training images that are used. Without the mean image, whose direction has the largest curvature of all, sharpness
 *   shows what the network learns.
 */
export type Scaling = "unit" | "standard" | "centered"

/** What is taken from x / 255, and by what the rest is divided. */
export interface Statistics {
  /** One for each feature. Shape [D] */
  readonly mean: Float64Array
  readonly deviation: number
}

/**
 * Over the 47,040,000 pixels of MNIST's training images, divided by 255; the deviation is that of the population.
 *
 * Source  computed from the pinned file in exact arithmetic; a test computes it again. Commonly rounded to 0.1307, 0.3081
 */
export const mnistPixels = { mean: 0.13066047627384286, deviation: 0.3081078038564628 }

/** The mean of each feature over the samples, and the root mean square of what is left. Shape [n · D] → [D] */
const centeredStatistics = (bytes: Uint8Array, features: number): Statistics => {
  const samples = bytes.length / features
  const mean = new Float64Array(features)
  for (let i = 0; i < bytes.length; i++) mean[i % features]! += bytes[i]! / 255 / samples
  let squares = 0
  for (let i = 0; i < bytes.length; i++) squares += (bytes[i]! / 255 - mean[i % features]!) ** 2
  return { mean, deviation: Math.sqrt(squares / bytes.length) }
}

/** The statistics of a scaling; only `centered` looks at the training images. */
export const statisticsOf = (scaling: Scaling, training: Uint8Array, features: number): Statistics => {
  switch (scaling) {
    case "unit":
      return { mean: new Float64Array(features), deviation: 1 }
    case "standard":
      return { mean: new Float64Array(features).fill(mnistPixels.mean), deviation: mnistPixels.deviation }
    case "centered":
      return centeredStatistics(training, features)
  }
}

/** The bytes as floating-point numbers, scaled in float64 and then rounded to the dtype. Shape [n · D] → [n · D] */
export const standardize = (bytes: Uint8Array, { mean, deviation }: Statistics, dtype: FloatDType): FloatArray => {
  const out = dtype === "float32" ? new Float32Array(bytes.length) : new Float64Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i] = (bytes[i]! / 255 - mean[i % mean.length]!) / deviation
  return out
}
