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
 * - `perPixel`: (x / 255 − mean) / deviation, with both for each pixel on its own, of the training images that are used; a pixel
 *   that is the same in all of them becomes 0. Source: Cohen et al. 2021, who take all training images
 */
export type Scaling = "unit" | "standard" | "centered" | "perPixel"

/** What is taken from x / 255, and by what the rest is divided. */
export interface Statistics {
  /** One for each feature. Shape [D] */
  readonly mean: Float64Array
  /** One for each feature. Shape [D] */
  readonly deviation: Float64Array
}

/**
 * Over the 47,040,000 pixels of MNIST's training images, divided by 255; the deviation is that of the population.
 *
 * Source  computed from the pinned file in exact arithmetic; a test computes it again. Commonly rounded to 0.1307, 0.3081
 */
export const mnistPixels = { mean: 0.13066047627384286, deviation: 0.3081078038564628 }

/** The mean of each feature over the samples. Shape [n · D] → [D] */
const meanOf = (bytes: Uint8Array, features: number): Float64Array => {
  const samples = bytes.length / features
  const mean = new Float64Array(features)
  for (let i = 0; i < bytes.length; i++) mean[i % features]! += bytes[i]! / 255 / samples
  return mean
}

/** With the root mean square of what is left, over all features. */
const centeredStatistics = (bytes: Uint8Array, features: number): Statistics => {
  const mean = meanOf(bytes, features)
  let squares = 0
  for (let i = 0; i < bytes.length; i++) squares += (bytes[i]! / 255 - mean[i % features]!) ** 2
  return { mean, deviation: new Float64Array(features).fill(Math.sqrt(squares / bytes.length)) }
}

/** With the root mean square of what is left of each feature; a feature that never changes is left as 0. */
const perPixelStatistics = (bytes: Uint8Array, features: number): Statistics => {
  const mean = meanOf(bytes, features)
  const squares = new Float64Array(features)
  const varies = new Uint8Array(features)
  for (let i = 0; i < bytes.length; i++) {
    const feature = i % features
    squares[feature]! += (bytes[i]! / 255 - mean[feature]!) ** 2
    if (bytes[i] !== bytes[feature]) varies[feature] = 1
  }
  const samples = bytes.length / features
  return {
    mean: mean.map((value, i) => (varies[i] === 1 ? value : bytes[i]! / 255)),
    deviation: squares.map((sum, i) => (varies[i] === 1 ? Math.sqrt(sum / samples) : 1))
  }
}

/** The statistics of a scaling; only `centered` and `perPixel` look at the training images. */
export const statisticsOf = (scaling: Scaling, training: Uint8Array, features: number): Statistics => {
  const same = (value: number) => new Float64Array(features).fill(value)
  switch (scaling) {
    case "unit":
      return { mean: same(0), deviation: same(1) }
    case "standard":
      return { mean: same(mnistPixels.mean), deviation: same(mnistPixels.deviation) }
    case "centered":
      return centeredStatistics(training, features)
    case "perPixel":
      return perPixelStatistics(training, features)
  }
}

/** The bytes as floating-point numbers, scaled in float64 and then rounded to the dtype. Shape [n · D] → [n · D] */
export const standardize = (bytes: Uint8Array, { mean, deviation }: Statistics, dtype: FloatDType): FloatArray => {
  const out = dtype === "float32" ? new Float32Array(bytes.length) : new Float64Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) {
    const feature = i % mean.length
    out[i] = (bytes[i]! / 255 - mean[feature]!) / deviation[feature]!
  }
  return out
}
