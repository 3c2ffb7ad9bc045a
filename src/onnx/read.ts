/**
 * The bytes of a model as text, one line per node: for golden tests and people.
 */
import type { AttributeProto, FunctionProto, GraphProto, NodeProto } from "onnx-buf"
import { formatShape } from "../tensor/Shape.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { constantsOf, decode, formatType, signatureOf, tensorOf } from "./decode.ts"

const shownElements = 6

const formatTensor = ({ dtype, shape, data }: Tensor): string => {
  const elements = [...data.subarray(0, shownElements)].join(", ")
  const values = shape.length === 0 ? elements : `[${elements}${data.length > shownElements ? ", …" : ""}]`
  return `${dtype} ${formatShape(shape)} = ${values}`
}

const attributeValue = ({ type, i, f, s, t, ints }: AttributeProto): string | number | bigint => {
  if (t !== undefined) return formatTensor(tensorOf(t))
  return type === 1 ? f : type === 3 ? new TextDecoder().decode(s) : type === 7 ? `[${ints.join(", ")}]` : i
}

const formatAttribute = (attribute: AttributeProto): string => `${attribute.name}=${attributeValue(attribute)}`

const formatNode = (node: NodeProto, indent: string): ReadonlyArray<string> => {
  const attributes = node.attribute.filter(({ g }) => g === undefined).map(formatAttribute)
  const inputs = node.input.map((input) => (input === "" ? "–" : input))
  const doc = node.docString === "" ? "" : `  # ${node.docString}`
  const line = `${indent}${node.output.join(", ")} = ${node.opType}(${[...inputs, ...attributes].join(", ")})${doc}`
  const bodies = node.attribute.flatMap(({ name, g }) => (g === undefined ? [] : formatBody(name, g, `${indent}  `)))
  return [line, ...bodies]
}

const formatBody = (name: string, graph: GraphProto, indent: string): ReadonlyArray<string> => [
  `${indent}${name}(${graph.input.map((input) => input.name).join(", ")})`,
  ...graph.node.flatMap((node) => formatNode(node, `${indent}  `)),
  `${indent}  gives ${graph.output.map((output) => output.name).join(", ")}`
]

const formatFunction = ({ name, input, attribute, node, output }: FunctionProto): ReadonlyArray<string> => [
  `  function ${name}(${[...input, ...attribute].join(", ")})`,
  ...node.flatMap((each) => formatNode(each, "    ")),
  `    gives ${output.join(", ")}`
]

/**
 * The model as text: what it is given, its constants, every node in order, what it makes, the functions that it calls.
 *
 * Errors  rejects with NotAModel
 */
export const read = async (bytes: Uint8Array): Promise<string> => {
  const model = await decode(bytes)
  const { model: name, inputs, outputs, data } = signatureOf(model)
  const opset = model.opsetImport.map(({ domain, version }) => `${domain === "" ? "ai.onnx" : domain} ${version}`)
  const lines = [
    `model ${name} by ${model.producerName}, IR ${model.irVersion}, ${opset.join(", ")}`,
    ...inputs.map((input) => `  input ${input.name} ${formatType(input)}`),
    ...data.map((tensor) => `  data ${tensor.name} ${formatType(tensor)}`),
    ...[...constantsOf(model)].map(([constant, tensor]) => `  constant ${constant} ${formatTensor(tensor)}`),
    ...model.graph!.node.flatMap((node) => formatNode(node, "  ")),
    ...outputs.map((output) => `  output ${output.name} ${formatType(output)}`),
    ...model.functions.flatMap(formatFunction)
  ]
  return `${lines.join("\n")}\n`
}
