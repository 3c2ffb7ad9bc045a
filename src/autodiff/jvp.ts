/**
 * Forward mode: from the tangents of some nodes to those of what depends on them. One fold over the graph, along its order.
 * Knows no op: the rules of the table do the mathematics, and emit only ops of the table.
 */
import { NotDifferentiable } from "../graph/Errors.ts"
import type { Node } from "../graph/Node.ts"
import { order, pathFrom } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"
import { opNamed, type Table, table } from "../ops/table.ts"

/**
 * The tangents of `ys`, given those of some nodes.
 *
 * Returns  undefined where y does not move: a zero that nobody calculates
 * Errors   NotDifferentiable
 */
export const jvp = (
  g: Builder,
  ys: ReadonlyArray<Node>,
  tangents: ReadonlyMap<Node, Node>,
  ops: Table = table
): ReadonlyArray<Node | undefined> => {
  /** What the tangent of one input adds to the tangent of y. */
  const through = (y: Node, input: number, d: Node): Node | undefined => {
    const rules = opNamed(y.op, ops).jvp
    if (rules === "multilinear") return g.apply(y.op, y.inputs.with(input, d), y.attributes)
    const rule = rules[input]
    if (rule === null || rule === undefined) return undefined
    if (rule === "not differentiable") throw new NotDifferentiable({ op: y.op, input, path: pathFrom(y, ys) })
    return rule({ g, x: y.inputs, y, attributes: y.attributes, d })
  }

  const ds = new Map(tangents)
  for (const y of order(ys)) {
    if (tangents.has(y)) continue
    y.inputs.forEach((x, input) => {
      const d = ds.get(x)
      if (d === undefined) return
      const own = through(y, input, d)
      if (own === undefined) return
      const others = ds.get(y)
      ds.set(y, others === undefined ? own : g.add(others, own))
    })
  }
  return ys.map((y) => ds.get(y))
}
