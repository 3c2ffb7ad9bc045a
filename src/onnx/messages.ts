/**
 * Named ONNX nodes as protobuf messages, and those as bytes: equal graphs give equal bytes. The messages are plain objects;
 * the protobuf packages are loaded when bytes are made.
 */
import type { MessageInitShape } from "@bufbuild/protobuf"
import type {
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema
} from "onnx-buf"
import { allocate, type DType } from "../tensor/DType.ts"
import { type CallAttribute, functionDomain, irVersion, type Literal, opsetVersion } from "./Call.ts"
import { dataTypeOf } from "./dataTypes.ts"
import type { Initializer, Instruction } from "./Instruction.ts"

export type GraphMessage = MessageInitShape<typeof GraphProtoSchema>
type ModelMessage = MessageInitShape<typeof ModelProtoSchema>
export type FunctionMessage = MessageInitShape<typeof FunctionProtoSchema>
export type NodeMessage = MessageInitShape<typeof NodeProtoSchema>

/** Source: onnx.proto, AttributeProto.AttributeType */
const attributeType = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const
/** Source: onnx.proto, TensorProto.DataLocation */
const external = 1

/** A value with its type. A string among the sizes is a size known only when the model runs. */
export const valueInfo = (
  name: string,
  dtype: DType,
  shape: ReadonlyArray<number | string>
): MessageInitShape<typeof ValueInfoProtoSchema> => {
  const dim = shape.map((size) => ({
    value:
      typeof size === "string"
        ? { case: "dimParam" as const, value: size }
        : { case: "dimValue" as const, value: BigInt(size) }
  }))
  return { name, type: { value: { case: "tensorType", value: { elemType: dataTypeOf(dtype), shape: { dim } } } } }
}

const attributeMessage = (name: string, value: CallAttribute): MessageInitShape<typeof AttributeProtoSchema> => {
  if ("ints" in value) return { name, type: attributeType.ints, ints: value.ints.map(BigInt) }
  if ("int" in value) return { name, type: attributeType.int, i: BigInt(value.int) }
  if ("string" in value) return { name, type: attributeType.string, s: new TextEncoder().encode(value.string) }
  return { name, type: attributeType.float, f: value.float }
}

export const typeAttribute = (name: string, dtype: DType): MessageInitShape<typeof AttributeProtoSchema> =>
  attributeMessage(name, { int: dataTypeOf(dtype) })

export const graphAttribute = (name: string, g: GraphMessage): MessageInitShape<typeof AttributeProtoSchema> => ({
  name,
  type: attributeType.graph,
  g
})

/** A node is called as the value it makes. */
export const nodeMessage = ({ opType, calls, inputs, output, attributes, doc }: Instruction): NodeMessage => ({
  name: output.name,
  opType,
  ...(calls === undefined ? {} : { domain: functionDomain }),
  input: [...inputs],
  output: [output.name],
  attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
  docString: doc
})

const rawData = ({ elements, dtype }: Literal): Uint8Array<ArrayBuffer> => {
  const data = allocate(dtype, elements.length)
  elements.forEach((element, i) => {
    data[i] = data instanceof BigInt64Array ? BigInt(element) : element
  })
  return new Uint8Array(data.buffer as ArrayBuffer)
}

export const initializerMessage = ({ name, literal }: Initializer): MessageInitShape<typeof TensorProtoSchema> => ({
  name,
  dataType: dataTypeOf(literal.dtype),
  dims: literal.shape.map(BigInt),
  rawData: rawData(literal)
})

/** A tensor that lies outside the model, at the location of its own name, and is supplied when a session is opened. */
export const dataMessage = (
  name: string,
  dtype: DType,
  shape: ReadonlyArray<number>
): MessageInitShape<typeof TensorProtoSchema> => ({
  name,
  dataType: dataTypeOf(dtype),
  dims: shape.map(BigInt),
  dataLocation: external,
  externalData: [{ key: "location", value: name }]
})

const opset = { domain: "", version: BigInt(opsetVersion) }
/** Of functions that a model defines for itself: there is one version of them. */
const ownOpset = { domain: functionDomain, version: 1n }

interface FunctionParts {
  readonly name: string
  readonly attributes: ReadonlyArray<string>
  readonly inputs: ReadonlyArray<string>
  readonly output: string
  readonly constants: ReadonlyArray<Initializer>
  readonly instructions: ReadonlyArray<Instruction>
}

/** A function with one result. It has no initializers, so constants are nodes. */
export const functionMessage = (parts: FunctionParts): FunctionMessage => ({
  name: parts.name,
  domain: functionDomain,
  attribute: [...parts.attributes],
  input: [...parts.inputs],
  output: [parts.output],
  opsetImport: [opset],
  node: [
    ...parts.constants.map((constant) => ({
      name: constant.name,
      opType: "Constant",
      output: [constant.name],
      attribute: [{ name: "value", type: attributeType.tensor, t: initializerMessage(constant) }]
    })),
    ...parts.instructions.map(nodeMessage)
  ]
})

/**
 * The model of a graph, and of the functions that it calls, each of which may be given more than once. No version of brink is
 * written into it, so that a new version does not change the bytes.
 */
export const modelBytes = async (
  graph: GraphMessage,
  functions: ReadonlyArray<FunctionMessage> = []
): Promise<Uint8Array> => {
  const [{ create, toBinary }, { ModelProtoSchema }] = await Promise.all([
    import("@bufbuild/protobuf"),
    import("onnx-buf")
  ])
  const model: ModelMessage = {
    irVersion: BigInt(irVersion),
    opsetImport: functions.length === 0 ? [opset] : [opset, ownOpset],
    producerName: "brink",
    functions: [...new Map(functions.map((each) => [each.name, each])).values()],
    graph
  }
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, model))
}
