/**
 * Classes as targets of a regression.
 */
import type { FloatDType } from "../tensor/DType.ts"
import type { FloatArray } from "../tensor/Tensor.ts"

/** 1 at the class of each sample and 0 elsewhere; a label that is no class is a defect of the caller. Shape [n] → [n, C] */
export const oneHot = (labels: Uint8Array, classes: number, dtype: FloatDType): FloatArray => {
  const size = labels.length * classes
  const out = dtype === "float32" ? new Float32Array(size) : new Float64Array(size)
  labels.forEach((label, i) => {
    if (label >= classes) throw new RangeError(`label ${label} of sample ${i} is not among ${classes} classes`)
    out[i * classes + label] = 1
  })
  return out
}
