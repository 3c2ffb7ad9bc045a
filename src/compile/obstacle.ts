/**
 * Whether a graph can be written out as a module. Where it cannot, it is run as ONNX: no harm is done.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { kindOf } from "./rules.ts"

/** Addresses have 31 bits. */
const mostElements = 2 ** 27

/** The op, or what else there is in a graph, that no rule is for; undefined where all can be written out. Of a `composed` graph. */
export const obstacle = (graph: Graph): string | undefined => {
  const nodes = [...graph.inputs, ...nodesOf(graph)]
  const [first] = nodes
  const unknown = nodes.find((node) => kindOf(node) === undefined)
  if (unknown !== undefined) return unknown.op
  if (nodes.some(({ dtype }) => dtype !== first?.dtype)) return "values of several element types"
  if (first?.dtype !== "float32" && first?.dtype !== "float64") return `values of ${first?.dtype}`
  if (nodes.some(({ shape }) => sizeOf(shape) === 0)) return "a value without elements"
  const elements = nodes.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return elements > mostElements ? `${elements} numbers in memory` : undefined
}
