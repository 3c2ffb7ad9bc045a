/**
 * Norms of weight matrices. A weight of more than two axes (a convolution's, [out, in, height, width]) counts as the matrix with
 * one row per output and all else in its columns; one of fewer is a single row. Knows nothing of networks.
 */
import { type FloatArray, floats, type Tensor } from "../tensor/Tensor.ts"
import { squaredL2 } from "./norms.ts"
import { singularValues } from "./singularValues.ts"

export interface Matrix {
  readonly entries: FloatArray // [rows · columns]
  readonly rows: number
  readonly columns: number
}

/** A weight as a matrix. */
export const matrixOf = (weight: Tensor): Matrix => {
  const entries = floats(weight)
  const rows = weight.shape.length < 2 ? 1 : weight.shape[0]!
  return { entries, rows, columns: rows === 0 ? 0 : entries.length / rows }
}

export interface SpectralNorms {
  /** Σ σᵢ */
  readonly nuclear: number
  /** max σᵢ */
  readonly spectral: number
}

/** The norms that singular values give; both 0 of a matrix without entries. A [200, 3072] matrix takes about a second and a half, a [512, 512] one ten times that. */
export const spectralNorms = (weight: Tensor): SpectralNorms => {
  const { entries, rows, columns } = matrixOf(weight)
  const values = singularValues(entries, rows, columns)
  return { nuclear: values.reduceRight((sum, value) => sum + value, 0), spectral: values[0] ?? 0 }
}

/** √Σ wᵢ² */
export const frobenius = (weight: Tensor): number => Math.sqrt(squaredL2(floats(weight)))
