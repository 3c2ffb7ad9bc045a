/**
 * Rewrites values that are linear in some directions so that elementwise factors which do not depend on a direction meet:
 * a · (b · u) becomes (a · b) · u, and a · u + b · u becomes (a + b) · u. Then a · b is calculated once, not once per direction.
 */
import type { Node } from "../graph/Node.ts"
import { dependents, order } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"

/** u times a fixed factor; no factor means 1. */
interface Scaled {
  readonly factor: Node | undefined
  readonly u: Node
}

/** The roots, rewritten: equal up to rounding. */
export const factored = (
  g: Builder,
  roots: ReadonlyArray<Node>,
  directions: ReadonlyArray<Node>
): ReadonlyArray<Node> => {
  const moving = dependents(roots, directions)
  const forms = new Map<Node, Scaled>()

  const times = (a: Node | undefined, b: Node): Node => (a === undefined ? b : g.mul(a, b))
  const join = ({ factor, u }: Scaled): Node => times(factor, u)
  const after = (node: Node): Node => (moving.has(node) ? join(forms.get(node)!) : node)

  const sumOf = (op: "add" | "sub", a: Scaled, b: Scaled): Scaled | undefined => {
    if (a.u !== b.u) return undefined
    const one = g.constant(1, a.u.shape, a.u.dtype)
    return { factor: g[op](a.factor ?? one, b.factor ?? one), u: a.u }
  }

  const formOf = (node: Node): Scaled => {
    const [a, b] = node.inputs
    const form = (input: Node | undefined): Scaled | undefined => input && forms.get(input)
    const [left, right] = [form(a), form(b)]
    switch (node.op) {
      case "neg":
        return { factor: left!.factor && g.neg(left!.factor), u: left!.factor ? left!.u : g.neg(left!.u) }
      case "mul":
        if (left === undefined) return { factor: times(right!.factor, a!), u: right!.u }
        if (right === undefined) return { factor: times(left.factor, b!), u: left.u }
        break
      case "add":
      case "sub": {
        const total = left && right && sumOf(node.op, left, right)
        if (total !== undefined) return total
        break
      }
    }
    return { factor: undefined, u: g.apply(node.op, node.inputs.map(after), node.attributes) }
  }

  for (const node of order(roots)) {
    if (!moving.has(node)) continue
    forms.set(node, directions.includes(node) ? { factor: undefined, u: node } : formOf(node))
  }
  return roots.map(after)
}
