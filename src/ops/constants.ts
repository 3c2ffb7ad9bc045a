/**
 * Questions that simplifications ask about nodes: is it one number everywhere? Knows no op's rules.
 */
import type { Node } from "../graph/Node.ts"

/** The number that fills a constant; undefined for any other node. */
export const filledWith = (node: Node): number | undefined => {
  const value = node.op === "constant" ? node.attributes["value"] : undefined
  return typeof value === "number" ? value : undefined
}

/** Is every element the same number, known now or at run time? */
export const isUniform = (node: Node): boolean =>
  node.shape.length === 0 ||
  filledWith(node) !== undefined ||
  (node.op === "expand" && node.inputs[0]!.shape.length === 0)
