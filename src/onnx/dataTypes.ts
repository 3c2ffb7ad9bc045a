/**
 * Element types by their numbers in ONNX. Source: onnx.proto, TensorProto.DataType
 */
import type { DType } from "../tensor/DType.ts"

const numbers: Readonly<Record<DType, number>> = { float32: 1, int64: 7, bool: 9, float64: 11 }

export const dataTypeOf = (dtype: DType): number => numbers[dtype]

/** Undefined for element types that tensors here do not have. */
export const dtypeOfDataType = (dataType: number): DType | undefined =>
  (Object.keys(numbers) as ReadonlyArray<DType>).find((dtype) => numbers[dtype] === dataType)
