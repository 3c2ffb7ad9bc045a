/**
 * The meaning of a graph: every node calculated in float64 by its op's reference rule, whatever its dtype. Slow and plain:
 * the oracle against which everything fast is compared.
 */
import { UnboundInput } from "../graph/Errors.ts"
import { type Graph, nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import { ShapeMismatch } from "../tensor/Errors.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { opNamed, type Table, table } from "./table.ts"

export type Elements = Float64Array<ArrayBuffer>

const literal = (node: Node): Elements => {
  const { value, values } = node.attributes
  return typeof value === "number"
    ? new Float64Array(sizeOf(node.shape)).fill(value)
    : Float64Array.from(values as ReadonlyArray<number>)
}

/**
 * The elements of nodes, given those of the inputs and data (by node) they depend on.
 *
 * Errors  UnboundInput, UnknownOp
 */
export const evaluate = (
  outputs: ReadonlyArray<Node>,
  given: ReadonlyMap<Node, Elements>,
  ops: Table = table
): ReadonlyArray<Elements> => {
  const values = new Map(given)
  const elementsOf = (node: Node): Elements => values.get(node)!
  for (const node of order(outputs)) {
    if (values.has(node)) continue
    if (node.op === "input" || node.op === "data") {
      throw new UnboundInput({ graph: "evaluate", name: nameOf(node), known: [...given.keys()].map(nameOf) })
    }
    if (node.op === "constant") values.set(node, literal(node))
    else {
      const shapes = node.inputs.map((input) => input.shape)
      values.set(node, opNamed(node.op, ops).evaluate(node.inputs.map(elementsOf), shapes, node.attributes, node.shape))
    }
  }
  return outputs.map(elementsOf)
}

/**
 * The outputs of a graph by name, given its inputs and data by name.
 *
 * Errors  UnboundInput, UnknownOp, ShapeMismatch if a value has the wrong number of elements
 */
export const evaluateGraph = <K extends string>(
  graph: Graph & { readonly outputs: Readonly<Record<K, Node>> },
  given: Readonly<Record<string, ArrayLike<number>>>
): Readonly<Record<K, Elements>> => {
  const values = new Map<Node, Elements>()
  const outputs = Object.entries<Node>(graph.outputs)
  for (const leaf of order([...graph.inputs, ...Object.values<Node>(graph.outputs)])) {
    if (leaf.op !== "input" && leaf.op !== "data") continue
    const name = nameOf(leaf)
    const elements = Object.hasOwn(given, name) ? given[name]! : undefined
    if (elements === undefined) throw new UnboundInput({ graph: graph.name, name, known: Object.keys(given) })
    if (elements.length !== sizeOf(leaf.shape)) {
      throw new ShapeMismatch({ op: graph.name, where: name, expected: leaf.shape, actual: [elements.length] })
    }
    values.set(leaf, Float64Array.from(elements))
  }
  const results = evaluate(
    outputs.map(([, node]) => node),
    values
  )
  return Object.fromEntries(outputs.map(([name], i) => [name, results[i]!])) as Record<K, Elements>
}
