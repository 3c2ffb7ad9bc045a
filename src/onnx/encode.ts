/**
 * A graph as the bytes of an ONNX model. Deterministic: equal graphs give equal bytes.
 */
import { dataOf, type Graph, nameOf } from "../graph/Graph.ts"
import { composed } from "./compose.ts"
import { type Emitted, emit, type Instruction } from "./emit.ts"
import { dataMessage, type GraphMessage, initializerMessage, modelBytes, nodeMessage, valueInfo } from "./messages.ts"

/** Initializers of a model: what is known now, then what is supplied when a session is opened. */
export const initializersOf = (graph: Graph, { initializers }: Emitted): NonNullable<GraphMessage["initializer"]> => [
  ...initializers.map(initializerMessage),
  ...dataOf(graph).map((data) => dataMessage(nameOf(data), data.dtype, data.shape))
]

/** Types of the values between inputs and outputs, for viewers. */
export const valueInfoOf = (
  instructions: ReadonlyArray<Instruction>,
  outputs: ReadonlySet<string>
): NonNullable<GraphMessage["valueInfo"]> =>
  instructions.flatMap(({ output: { name, dtype, shape } }) =>
    dtype === undefined || outputs.has(name) ? [] : [valueInfo(name, dtype, shape)]
  )

/**
 * The graph as an ONNX model with the graph's inputs and outputs under their names. Data is left out of the bytes: it is an
 * initializer at the external location of its name.
 *
 * Errors  UnknownOp; NotEncodable if one name stands for two values
 */
export const encode = async (given: Graph): Promise<Uint8Array> => {
  const graph = composed(given)
  const emitted = emit(graph, { reserved: [], carried: () => undefined, outputName: (name) => name })
  const outputs = Object.entries(graph.outputs)
  return modelBytes({
    name: graph.name,
    docString: `${graph.name}: ${graph.inputs.map(nameOf).join(", ")} → ${Object.keys(graph.outputs).join(", ")}`,
    node: emitted.outside.map(nodeMessage),
    initializer: initializersOf(graph, emitted),
    input: graph.inputs.map((input) => valueInfo(nameOf(input), input.dtype, input.shape)),
    output: outputs.map(([name, node]) => valueInfo(name, node.dtype, node.shape)),
    valueInfo: valueInfoOf(emitted.outside, new Set(Object.keys(graph.outputs)))
  })
}
