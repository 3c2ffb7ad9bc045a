/**
 * The bytes of a model as protobuf messages, and as the types of what goes in and out. For those who run or print models.
 */
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from "onnx-buf"
import { bytesPerElement, type DType, type TensorData } from "../tensor/DType.ts"
import { sizeOf } from "../tensor/Shape.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { dtypeOfDataType } from "./dataTypes.ts"
import { NotAModel } from "./Errors.ts"

/** The type of a value. A string among the sizes is a size known only when the model runs. */
export interface ValueType {
  readonly name: string
  readonly dtype: DType
  readonly shape: ReadonlyArray<number | string>
}

export const formatType = ({ dtype, shape }: Pick<ValueType, "dtype" | "shape">): string =>
  `${dtype} [${shape.join(", ")}]`

export interface Signature {
  readonly model: string
  readonly inputs: ReadonlyArray<ValueType>
  readonly outputs: ReadonlyArray<ValueType>
  /** What must be supplied when a session is opened. */
  readonly data: ReadonlyArray<ValueType>
}

/**
 * The model of these bytes.
 *
 * Errors  rejects with NotAModel
 */
export const decode = async (bytes: Uint8Array): Promise<ModelProto> => {
  const [{ fromBinary }, { ModelProtoSchema }] = await Promise.all([import("@bufbuild/protobuf"), import("onnx-buf")])
  const refuse = (reason: string): never => {
    throw new NotAModel({ reason: `${reason} (${bytes.length} bytes)` })
  }
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause))
  }
  if (model.graph === undefined) return refuse("there is no graph in it")
  return model.opsetImport.length === 0 ? refuse("it names no opset") : model
}

const isExternal = (tensor: TensorProto): boolean => tensor.externalData.length > 0

const unsupported = (name: string, what: string): NotAModel =>
  new NotAModel({ reason: `"${name}" is ${what}, which no tensor here can be` })

const typeOfValue = ({ name, type }: ValueInfoProto): ValueType => {
  const tensor = type?.value
  if (tensor?.case !== "tensorType") throw unsupported(name, tensor?.case ?? "untyped")
  const dtype = dtypeOfDataType(tensor.value.elemType)
  if (dtype === undefined) throw unsupported(name, `of element type ${tensor.value.elemType}`)
  const shape = (tensor.value.shape?.dim ?? []).map(({ value }) =>
    value.case === "dimValue" ? Number(value.value) : value.case === "dimParam" ? value.value : "?"
  )
  return { name, dtype, shape }
}

const typeOfTensor = ({ name, dataType, dims }: TensorProto): ValueType => {
  const dtype = dtypeOfDataType(dataType)
  if (dtype === undefined) throw unsupported(name, `of element type ${dataType}`)
  return { name, dtype, shape: dims.map(Number) }
}

/**
 * What a model is given and what it makes.
 *
 * Errors  NotAModel if a type is one that no tensor here can have
 */
export const signatureOf = (model: ModelProto): Signature => {
  const graph = model.graph!
  return {
    model: graph.name,
    inputs: graph.input.map(typeOfValue),
    outputs: graph.output.map(typeOfValue),
    data: graph.initializer.filter(isExternal).map(typeOfTensor)
  }
}

export type ValueTypes = Map<string, ValueType>

/**
 * The types that a graph states of its values, by their names; not those of what is inside of its nodes.
 *
 * Errors  NotAModel if a type is one that no tensor here can have
 */
export const typesIn = ({ input, output, valueInfo, initializer }: GraphProto): ValueTypes =>
  new Map(
    [...[...input, ...output, ...valueInfo].map(typeOfValue), ...initializer.map(typeOfTensor)].map((type) => [
      type.name,
      type
    ])
  )

const elementsOf = ({ rawData }: TensorProto, dtype: DType): TensorData => {
  const { buffer } = new Uint8Array(rawData) // aligned, as typed arrays want it; `slice` of a Buffer copies nothing
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer)
    case "float64":
      return new Float64Array(buffer)
    case "int64":
      return new BigInt64Array(buffer)
    case "bool":
      return new Uint8Array(buffer)
  }
}

/** Errors  NotAModel if it is not as our encoder writes one */
export const tensorOf = (proto: TensorProto): Tensor => {
  const { name, dtype } = typeOfTensor(proto)
  const shape = proto.dims.map(Number)
  const size = sizeOf(shape) * bytesPerElement(dtype)
  if (proto.rawData.length !== size) throw unsupported(name, `${proto.rawData.length} bytes instead of ${size}`)
  return { dtype, shape, data: elementsOf(proto, dtype) }
}

/**
 * The initializers that lie inside the model, by name.
 *
 * Errors  NotAModel if one is not as our encoder writes them
 */
export const constantsOf = (model: ModelProto): ReadonlyMap<string, Tensor> =>
  new Map(
    model.graph!.initializer.filter((tensor) => !isExternal(tensor)).map((tensor) => [tensor.name, tensorOf(tensor)])
  )
