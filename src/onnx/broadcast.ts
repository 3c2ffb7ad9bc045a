/**
 * Leaves out what ONNX repeats by itself: an `expand` or a filled constant, where an elementwise op of the unrepeated value
 * or product of the unrepeated value gives the same shape. Saves one pass over memory for each. Knows no op but `expand`
 * and `constant`.
 */
import type { Node } from "../graph/Node.ts"
import { type Shape, sameShape, sizeOf } from "../tensor/Shape.ts"
import { broadcastShape, isLiteral, number, type Operand } from "./Call.ts"

/** The smallest value that, repeated as ONNX repeats, is this node. */
export const unrepeated = (node: Node): Operand => {
  if (node.op === "expand") return unrepeated(node.inputs[0]!)
  const value = node.attributes["value"]
  return node.op === "constant" && typeof value === "number" ? number(value, node.dtype) : node
}

/**
 * A number under as many axes as the result has, where the last of these has size 1: onnxruntime takes twenty times as long for
 * [N, C, 1, 1] with [] as with [1, 1, 1, 1].
 */
const ranked = (operand: Operand, shape: Shape): Operand =>
  isLiteral(operand) && operand.shape.length === 0 && shape.at(-1) === 1
    ? { ...operand, shape: shape.map(() => 1) }
    : operand

/** Two operands of an elementwise op whose result has this shape, unrepeated as far as the shape allows. */
export const withoutExpand = (a: Node, b: Node, shape: Shape): readonly [Operand, Operand] => {
  const [smallA, smallB] = [unrepeated(a), unrepeated(b)]
  const both = broadcastShape(smallA.shape, smallB.shape)
  if (both !== undefined && sameShape(both, shape)) return [ranked(smallA, shape), ranked(smallB, shape)]
  // Both are repeated along a common axis: the one that is nearly whole is written out.
  return sizeOf(smallA.shape) < sizeOf(smallB.shape) ? [smallA, b] : [a, smallB]
}

/** An operand of a product of many matrices, unrepeated where it is the same matrix for all of them. */
export const unbatched = (node: Node): Operand => {
  const from = node.op === "expand" ? node.inputs[0]! : node
  return sameShape(from.shape.slice(-2), node.shape.slice(-2)) && from.shape.length >= 2 ? from : node
}
