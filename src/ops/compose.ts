/**
 * Makes ops that have no ONNX form of their own out of those that have one, as the table of ops states. After this, every
 * node of the graph can be lowered: to ONNX nodes, or to a call of a function that is made of some. Knows no op by name.
 */
import { type Graph, makeGraph } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { Builder } from "./Build.ts"
import { makeBuilder } from "./builder.ts"
import { opNamed } from "./table.ts"

const isLeaf = ({ op }: Node): boolean => op === "input" || op === "data" || op === "constant"

/** Is written as a function, to be known as a whole. */
export const isFunction = ({ op, dtype }: Node): boolean => opNamed(op).asFunction?.includes(dtype) === true

/** The node made of others, once its inputs are; itself if it has a form of its own. */
const step = (g: Builder, node: Node, finished: ReadonlyMap<Node, Node>): Node => {
  if (isLeaf(node)) return node
  const { op, attributes, shape, dtype } = node
  const x = node.inputs.map((input) => finished.get(input)!)
  if (x.some((input, i) => input !== node.inputs[i])) return g.apply(op, x, attributes)
  return isFunction(node) ? node : (madeOf(g, op, x, { attributes, shape, dtype }) ?? node)
}

const madeOf = (
  g: Builder,
  op: string,
  x: ReadonlyArray<Node>,
  of: Pick<Node, "attributes" | "shape" | "dtype">
): Node | undefined => opNamed(op).composed?.({ g, x, ...of })

/**
 * The same graph in terms of ops with an ONNX form; the very same where it is already.
 *
 * Errors  UnknownOp
 */
export const composed = (graph: Graph): Graph => {
  const g = makeBuilder()
  const finished = new Map<Node, Node>()
  /** What a node becomes next: what an op is made of can itself be made of others. */
  const next = new Map<Node, Node>()
  const stack = Object.values(graph.outputs).toReversed()
  while (stack.length > 0) {
    const node = stack.at(-1)!
    const successor = next.get(node)
    const waiting = successor === undefined ? node.inputs : [successor]
    const unfinished = waiting.filter((other) => !finished.has(other))
    if (finished.has(node)) stack.pop()
    else if (unfinished.length > 0) stack.push(...unfinished.toReversed())
    else if (successor !== undefined) finished.set(node, finished.get(successor)!)
    else {
      const became = step(g, node, finished)
      if (became === node) finished.set(node, node)
      else next.set(node, became)
    }
  }
  const outputs = Object.entries(graph.outputs).map(([name, node]) => [name, finished.get(node)!] as const)
  const isSame = outputs.every(([name, node]) => graph.outputs[name] === node)
  return isSame ? graph : { ...graph, outputs: Object.fromEntries(outputs) }
}

/** What a node that is a function is made of, as a graph of its inputs `x0`, `x1`, … with the output `y`. */
export const insideOf = (node: Node): Graph => {
  const g = makeBuilder()
  const x = node.inputs.map(({ shape, dtype }, i) => g.input(`x${i}`, shape, dtype))
  return composed(makeGraph(node.op, x, { y: madeOf(g, node.op, x, node)! }))
}
