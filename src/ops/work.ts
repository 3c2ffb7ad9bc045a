/**
 * How much work a graph is: what decides how many steps go into one run. An estimate, from shapes alone.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import { dependents } from "../graph/order.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { opNamed } from "./table.ts"

/** One pass over memory takes as long, per element, as so many multiplications and additions of a large product. */
const OPERATIONS_PER_ELEMENT = 16

/**
 * The operations of a run of a graph: multiplications and additions of its products, and what takes as long. What is made of data
 * alone does not count: it is made when a session is opened.
 *
 * Errors  UnknownOp
 */
export const workOf = (graph: Graph): number => {
  const moving = dependents(Object.values(graph.outputs), graph.inputs)
  return nodesOf(graph).reduce((work, node) => {
    const { op, inputs, shape } = node
    if (inputs.length === 0 || !moving.has(node)) return work
    const operations = opNamed(op).operations?.(
      inputs.map((input) => input.shape),
      shape
    )
    return work + (operations ?? OPERATIONS_PER_ELEMENT * sizeOf(shape))
  }, 0)
}
