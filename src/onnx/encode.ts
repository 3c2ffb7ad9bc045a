/**
 * A graph as the bytes of an ONNX model. Deterministic: equal graphs give equal bytes.
 */
import { type Graph, nameOf, type Parts } from "../graph/Graph.ts"
import { assemble } from "./assemble.ts"
import { modelBytes, valueInfo } from "./messages.ts"

/**
 * The graph as an ONNX model with the graph's inputs and outputs under their names. Data is left out of the bytes: it is an
 * initializer at the external location of its name. With parts, those inputs that are sums over parts of the data are
 * calculated in the model, and what the parts need are its inputs besides.
 *
 * Errors  UnknownOp; NotEncodable if one name stands for two values, or if the parts do not fit
 */
export const encode = async (graph: Graph, parts?: Parts): Promise<Uint8Array> => {
  const { inputs, initializers, outside } = assemble(graph, parts, {
    reserved: [],
    carried: () => undefined,
    outputName: (name) => name,
    level: 0
  })
  const outputs = Object.entries(graph.outputs)
  const model = {
    name: graph.name,
    docString: `${graph.name}: ${inputs.map(nameOf).join(", ")} → ${Object.keys(graph.outputs).join(", ")}`,
    node: [...outside.nodes],
    initializer: [...initializers],
    input: inputs.map((input) => valueInfo(nameOf(input), input.dtype, input.shape)),
    output: outputs.map(([name, node]) => valueInfo(name, node.dtype, node.shape)),
    valueInfo: [...outside.types]
  }
  return modelBytes(model, outside.functions)
}
