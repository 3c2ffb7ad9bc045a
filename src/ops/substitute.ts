/**
 * Builds nodes anew with some of them replaced, so that the builder simplifies what has become simpler.
 */
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import type { Builder } from "./Build.ts"

/** The roots, with every node that `replacements` names replaced, and whatever depends on one built anew. */
export const substitute = (
  g: Builder,
  roots: ReadonlyArray<Node>,
  replacements: ReadonlyMap<Node, Node>
): ReadonlyArray<Node> => {
  const now = new Map(replacements)
  const after = (node: Node): Node => now.get(node) ?? node
  for (const node of order(roots)) {
    const isChanged = !now.has(node) && node.inputs.some((input) => after(input) !== input)
    if (isChanged) now.set(node, g.apply(node.op, node.inputs.map(after), node.attributes))
  }
  return roots.map(after)
}
