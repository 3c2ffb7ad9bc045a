/**
 * How often each node of a graph is used. A node used once may be taken into the ONNX node of its user.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"

export interface Uses {
  /** Used once, and by another node rather than as an output. */
  readonly once: (node: Node) => boolean
}

export const usesOf = (graph: Graph): Uses => {
  const counts = new Map<Node, number>()
  const count = (node: Node): void => void counts.set(node, (counts.get(node) ?? 0) + 1)
  for (const node of nodesOf(graph)) node.inputs.forEach(count)
  const outputs = new Set(Object.values(graph.outputs))
  return { once: (node) => counts.get(node) === 1 && !outputs.has(node) }
}
