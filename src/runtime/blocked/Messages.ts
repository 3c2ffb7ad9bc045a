/**
 * How nodes, attributes and constants of a rewritten model are made: with packages that are loaded when a model is opened.
 */
import type { GraphProto, ModelProto, NodeProto } from "onnx-buf"

export type AttributeMessage = NodeProto["attribute"][number]
export type ConstantMessage = GraphProto["initializer"][number]

export interface Messages {
  readonly node: (init: {
    readonly name: string
    readonly opType: string
    readonly domain: string
    readonly input: Array<string>
    readonly output: Array<string>
    readonly attribute: Array<AttributeMessage>
  }) => NodeProto
  readonly ints: (name: string, values: ReadonlyArray<number>) => AttributeMessage
  readonly int: (name: string, value: number) => AttributeMessage
  readonly text: (name: string, value: string) => AttributeMessage
  /** int64 `[length]` */
  readonly sizes: (name: string, values: ReadonlyArray<number>) => ConstantMessage
  /** float32 */
  readonly numbers: (name: string, values: ReadonlyArray<number>, shape: ReadonlyArray<number>) => ConstantMessage
  readonly opset: (domain: string, version: number) => ModelProto["opsetImport"][number]
}

/** What an op in blocks is told of a convolution; by default it steps over every pixel, with nothing around, for all channels. */
export const convolutionAttributes = (
  make: Messages,
  kernel: ReadonlyArray<number>,
  {
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    dilations = [1, 1],
    group = 1
  }: {
    readonly strides?: ReadonlyArray<number> | undefined
    readonly pads?: ReadonlyArray<number> | undefined
    readonly dilations?: ReadonlyArray<number>
    readonly group?: number
  } = {}
): ReadonlyArray<AttributeMessage> => [
  make.ints("kernel_shape", kernel),
  make.ints("strides", strides),
  make.ints("pads", pads),
  make.ints("dilations", dilations),
  make.int("group", group)
]

/** The packages are loaded once. */
export const loadMessages = async (): Promise<Messages> => {
  const [{ create }, schemas] = await Promise.all([import("@bufbuild/protobuf"), import("onnx-buf")])
  const { AttributeProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProtoSchema } = schemas
  const constant = (
    name: string,
    dataType: number,
    shape: ReadonlyArray<number>,
    elements: Float32Array | BigInt64Array
  ) =>
    create(TensorProtoSchema, {
      name,
      dataType,
      dims: shape.map(BigInt),
      rawData: new Uint8Array(elements.buffer as ArrayBuffer)
    })
  return {
    node: (init) => create(NodeProtoSchema, init),
    ints: (name, values) => create(AttributeProtoSchema, { name, type: 7, ints: values.map(BigInt) }),
    int: (name, value) => create(AttributeProtoSchema, { name, type: 2, i: BigInt(value) }),
    text: (name, value) => create(AttributeProtoSchema, { name, type: 3, s: new TextEncoder().encode(value) }),
    sizes: (name, values) => constant(name, 7, [values.length], BigInt64Array.from(values, BigInt)),
    numbers: (name, values, shape) => constant(name, 1, shape, Float32Array.from(values)),
    opset: (domain, version) => create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) })
  }
}
