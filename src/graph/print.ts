/**
 * A graph as text, one line per node: for golden tests, messages and people. Knows nothing of what ops mean.
 */
import { formatShape } from "../tensor/Shape.ts"
import { dataOf, type Graph, nameOf, nodesOf } from "./Graph.ts"
import type { Attribute, Node } from "./Node.ts"

const formatAttribute = (value: Attribute): string =>
  typeof value === "object" ? `[${value.join(", ")}]` : String(value)

const formatCall = (node: Node, reference: (input: Node) => string): string => {
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}: ${formatAttribute(value)}`)
  return `${node.op}(${[...node.inputs.map(reference), ...attributes].join(", ")})`
}

/** The graph as text: what it is given, each node with its shape, what it makes. Filled constants stand where they are used. */
export const print = (graph: Graph): string => {
  const names = new Map<Node, string>()
  const reference = (node: Node): string => names.get(node)!
  const lines = [`graph ${graph.name}`]
  const leaf = (node: Node): void => {
    names.set(node, nameOf(node))
    lines.push(`  ${node.op} ${nameOf(node)} ${node.dtype} ${formatShape(node.shape)}`)
  }
  for (const node of [...graph.inputs, ...dataOf(graph)]) leaf(node)
  let count = 0
  for (const node of nodesOf(graph)) {
    if (names.has(node)) continue
    if (node.op === "constant" && "value" in node.attributes) names.set(node, String(node.attributes["value"]))
    else {
      names.set(node, `%${count++}`)
      lines.push(`  ${reference(node)} = ${formatCall(node, reference)} ${formatShape(node.shape)}`)
    }
  }
  for (const [name, node] of Object.entries(graph.outputs)) lines.push(`  output ${name} = ${reference(node)}`)
  return `${lines.join("\n")}\n`
}
