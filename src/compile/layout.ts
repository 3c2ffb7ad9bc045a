/**
 * Where values lie in memory, and elements as formulas over what lies there.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { type Shape, sizeOf, stridesOf } from "../tensor/Shape.ts"
import { type Access, type Expression, numberOf } from "./Expression.ts"
import { everyIndex, isAlias } from "./keep.ts"
import type { Memory } from "./memory.ts"
import { formulas, type Index, kindOf, views } from "./rules.ts"

export interface Layout {
  /** The offset of a value that is given. */
  readonly given: (leaf: Node) => number
  /** Where a value lies that is made. An output that is an input lies in both places. */
  readonly target: (node: Node) => Access
  /** An element of a value, wherever it comes from. */
  readonly element: (node: Node, index: Index) => Expression
  /** The same, of a value that is about to be made: not where it will lie. */
  readonly made: (node: Node, index: Index) => Expression
  /** An element of a value that lies in memory, through views of it. */
  readonly access: (node: Node, index: Index) => Access
}

const accessAt = (offset: number, shape: Shape, index: Index, bytes: number): Access => {
  const steps = stridesOf(shape)
  const loops = Math.max(0, ...index.map(({ loop }) => (loop === undefined ? 0 : loop + 1)))
  const strides = new Array<number>(loops).fill(0)
  let start = 0
  index.forEach((place, axis) => {
    start += place.start * steps[axis]!
    if (place.loop !== undefined) strides[place.loop] = strides[place.loop]! + place.step * steps[axis]!
  })
  return { offset: offset + start * bytes, strides }
}

/** Places for the graph's leaves and for what is kept of it. */
export const layOut = (graph: Graph, kept: ReadonlyArray<Node>, memory: Memory, bytes: number): Layout => {
  const isLeaf = (node: Node): boolean => kindOf(node) === "leaf"
  const leaves = [...new Set([...graph.inputs, ...nodesOf(graph).filter(isLeaf)])]
  const leafOffsets = new Map(leaves.map((leaf) => [leaf, memory.take(sizeOf(leaf.shape))]))
  const offsets = new Map<Node, number>()
  for (const node of kept) offsets.set(node, memory.take(sizeOf(node.shape)))

  const find = (node: Node): number | undefined =>
    leafOffsets.get(node) ?? offsets.get(node) ?? (isAlias(node) ? find(node.inputs[0]!) : undefined)

  const viewed = (node: Node, index: Index): Index | undefined =>
    kindOf(node) === "view" ? views[node.op]!(node, index) : undefined

  const access = (node: Node, index: Index): Access => {
    const offset = find(node)
    return offset === undefined
      ? access(node.inputs[0]!, viewed(node, index)!)
      : accessAt(offset, node.shape, index, bytes)
  }

  const element = (node: Node, index: Index): Expression =>
    find(node) === undefined ? made(node, index) : { kind: "access", access: access(node, index) }

  const made = (node: Node, index: Index): Expression => {
    const { op, inputs, attributes, shape, dtype } = node
    if (isLeaf(node)) return element(node, index)
    if (op === "constant") return numberOf(Number(attributes["value"]))
    if (isAlias(node)) {
      return { kind: "access", access: accessAt(find(inputs[0]!)!, shape, index, bytes) }
    }
    const through = viewed(node, index)
    if (through !== undefined) return element(inputs[0]!, through)
    const [x, ...others] = inputs.map((input, i) => (i > 0 && input === inputs[0] ? undefined : element(input, index)))
    return formulas[op]!([x!, ...others.map((other) => other ?? x!)], attributes, dtype as FloatDType)
  }
  return {
    given: (leaf) => leafOffsets.get(leaf)!,
    target: (node) => accessAt(offsets.get(node)!, node.shape, everyIndex(node), bytes),
    element,
    made,
    access
  }
}
