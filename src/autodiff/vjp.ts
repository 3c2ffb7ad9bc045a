/**
 * Reverse mode: from the cotangents of results to those of what they depend on. One fold over the graph, against its order.
 * Knows no op: the rules of the table do the mathematics, and emit only ops of the table.
 */
import { NotDifferentiable } from "../graph/Errors.ts"
import type { Node } from "../graph/Node.ts"
import { dependents, order, pathFrom } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"
import { opNamed, type Table, table } from "../ops/table.ts"

/**
 * The cotangents of `xs`, given those of some results. Rules run only where the result depends on one of `xs`.
 *
 * Returns  undefined where no result depends on x: a zero that nobody calculates
 * Errors   NotDifferentiable
 */
export const vjp = (
  g: Builder,
  cotangents: ReadonlyMap<Node, Node>,
  xs: ReadonlyArray<Node>,
  ops: Table = table
): ReadonlyArray<Node | undefined> => {
  const results = [...cotangents.keys()]
  const needed = dependents(results, xs)
  const cts = new Map(cotangents)
  const include = (sums: Map<Node, Node>, x: Node, own: Node): void => {
    const others = sums.get(x)
    sums.set(x, others === undefined ? own : g.add(others, own))
  }
  for (const y of order(results).toReversed()) {
    const ct = cts.get(y)
    if (ct === undefined || y.inputs.length === 0) continue
    const rules = opNamed(y.op, ops).vjp
    // What an op adds through all its inputs first, so that both factors of x · x give 2 x ȳ.
    const added = new Map<Node, Node>()
    y.inputs.forEach((x, input) => {
      const rule = rules[input]
      if (rule === null || rule === undefined || !needed.has(x)) return
      if (rule === "not differentiable") throw new NotDifferentiable({ op: y.op, input, path: pathFrom(y, results) })
      include(added, x, rule({ g, x: y.inputs, y, attributes: y.attributes, ct }))
    })
    for (const [x, own] of added) include(cts, x, own)
  }
  return xs.map((x) => cts.get(x))
}

/**
 * The gradients of a scalar.
 *
 * Returns  undefined where the loss does not depend on x
 * Errors   NotDifferentiable
 */
export const gradients = (g: Builder, loss: Node, xs: ReadonlyArray<Node>): ReadonlyArray<Node | undefined> =>
  vjp(g, new Map([[loss, g.constant(1, loss.shape, loss.dtype)]]), xs)
