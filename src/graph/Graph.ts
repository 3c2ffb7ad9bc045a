/**
 * A computation with names: what it is given and what it makes. Immutable. Knows nothing of ONNX.
 */
import { UnboundInput } from "./Errors.ts"
import type { Node } from "./Node.ts"
import { order } from "./order.ts"

export interface Graph {
  readonly name: string
  /** Nodes of op `input`, in the order in which they are given; every one that an output depends on is listed. */
  readonly inputs: ReadonlyArray<Node>
  readonly outputs: Readonly<Record<string, Node>>
}

/**
 * What a graph needs summed over parts of the data, where all of it at once is too large: the data of this graph is one
 * part, cut along the first axis, and each of its outputs, summed, is an input of the graph that it is given with.
 */
export interface Parts {
  readonly graph: Graph
  /** How many rows the data has in all, at least as many as a part. */
  readonly rows: number
  /**
   * An input of the graph that is 1 for a row that counts and 0 for one that the part before had already: the last part reaches
   * back where the rows of all are no multiple of its own. Needed only there. [rows of a part]
   */
  readonly counted?: Node | undefined
}

/** How many parts there are of so many rows each. */
export const partsOf = (rows: number, each: number): number => Math.ceil(rows / each)

/**
 * What surrounds a graph that is repeated: state that is made once before the first step, and results that are made once after
 * the last. Such state is nobody's business but theirs.
 */
export interface Around {
  /** Its outputs are state of the first step, under the names of the repeated graph's inputs. */
  readonly begin: Graph
  /** Is given what `begin` is given, and outputs of the last step under their names. */
  readonly end: Graph
}

/** The name of an `input` or `data` node. */
export const nameOf = (leaf: Node): string => String(leaf.attributes["name"])

/** Every node of a graph, inputs before users. */
export const nodesOf = (graph: Graph): ReadonlyArray<Node> => order(Object.values(graph.outputs))

/** The `data` nodes of a graph: what must be supplied when a session is opened. */
export const dataOf = (graph: Graph): ReadonlyArray<Node> => nodesOf(graph).filter((node) => node.op === "data")

/**
 * A graph whose outputs depend on nothing but the listed inputs, data and constants.
 *
 * Errors  UnboundInput if an output depends on an input that is not listed
 */
export const makeGraph = (
  name: string,
  inputs: ReadonlyArray<Node>,
  outputs: Readonly<Record<string, Node>>
): Graph => {
  const graph = { name, inputs, outputs }
  const listed = new Set(inputs)
  for (const node of nodesOf(graph)) {
    if (node.op === "input" && !listed.has(node)) {
      throw new UnboundInput({ graph: name, name: nameOf(node), known: inputs.map(nameOf) })
    }
  }
  return graph
}
