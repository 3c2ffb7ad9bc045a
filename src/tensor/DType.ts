/**
 * The element types of tensors, and the typed array that holds each.
 */
/** Those that derivatives exist of. */
export type FloatDType = "float32" | "float64"

export type DType = FloatDType | "int64" | "bool"

export type TensorData = Float32Array | Float64Array | BigInt64Array | Uint8Array

/** A new, zeroed array for `size` elements. */
export const allocate = (dtype: DType, size: number): TensorData => {
  switch (dtype) {
    case "float32":
      return new Float32Array(size)
    case "float64":
      return new Float64Array(size)
    case "int64":
      return new BigInt64Array(size)
    case "bool":
      return new Uint8Array(size)
  }
}

/** Bytes of one element. */
export const bytesPerElement = (dtype: DType): number => ({ float32: 4, float64: 8, int64: 8, bool: 1 })[dtype]
