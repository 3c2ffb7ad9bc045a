/**
 * Splits Hessian-vector products in two: what does not depend on the direction is calculated once ("saved"), and what is
 * left is a small graph, linear in the direction, that is run once per product. Knows nothing of networks.
 */
import type { Node } from "../graph/Node.ts"
import { dependents, order } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"
import { substitute } from "../ops/substitute.ts"
import { factored } from "./factored.ts"
import { hvp } from "./hvp.ts"

export interface Linearized {
  readonly gradients: ReadonlyArray<Node | undefined>
  /** What to calculate at a point: the values that the products need. */
  readonly saved: ReadonlyArray<Node>
  /** Inputs `saved.0`, `saved.1`, … that stand for them in the products. */
  readonly slots: ReadonlyArray<Node>
  /** (∇²L) d in terms of slots, directions, parameters and data. */
  readonly products: ReadonlyArray<Node | undefined>
}

/** Ops that only place elements: done again rather than saved, since products can take them in for nothing. */
const placing: ReadonlySet<string> = new Set(["transpose", "reshape", "expand"])

/**
 * The nearest values that do not depend on a direction, below what does; but for those that depend on no input: what is
 * made of data alone is made once, when a session is opened.
 */
const frontier = (products: ReadonlyArray<Node>, directions: ReadonlyArray<Node>): ReadonlyArray<Node> => {
  const all = order(products)
  const moving = dependents(products, directions)
  const given = dependents(
    products,
    all.filter(({ op }) => op === "input")
  )
  const found = new Set<Node>()
  for (const node of all) {
    if (!moving.has(node)) continue
    for (const input of node.inputs) {
      let value = input
      while (placing.has(value.op) && !moving.has(value)) value = value.inputs[0]!
      if (value.inputs.length > 0 && given.has(value) && !moving.has(value)) found.add(value)
    }
  }
  return [...found]
}

/**
 * The Hessian-vector product of a scalar, split at the frontier of what does not depend on the direction.
 *
 * Errors  NotDifferentiable
 */
export const linearize = (
  g: Builder,
  loss: Node,
  parameters: ReadonlyArray<Node>,
  directions: ReadonlyArray<Node>
): Linearized => {
  const { gradients, products } = hvp(g, loss, parameters, directions)
  const present = products.filter((product) => product !== undefined)
  const flat = factored(g, present, directions)
  const saved = frontier(flat, directions)
  const slots = saved.map((node, i) => g.input(`saved.${i}`, node.shape, node.dtype))
  const cut = substitute(g, flat, new Map(saved.map((node, i) => [node, slots[i]!])))
  return { gradients, saved, slots, products: products.map((product) => product && cut[present.indexOf(product)]) }
}
