/**
 * How much work a graph is: what decides how many steps go into one run. An estimate, from shapes alone.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { opNamed } from "./table.ts"

/** One pass over memory takes as long, per element, as so many multiplications and additions of a large product. */
const OPERATIONS_PER_ELEMENT = 16

/**
 * The operations of a graph: multiplications and additions of its products, and what takes as long.
 *
 * Errors  UnknownOp
 */
export const workOf = (graph: Graph): number =>
  nodesOf(graph).reduce((work, { op, inputs, shape }) => {
    if (inputs.length === 0) return work
    const operations = opNamed(op).operations?.(
      inputs.map((input) => input.shape),
      shape
    )
    return work + (operations ?? OPERATIONS_PER_ELEMENT * sizeOf(shape))
  }, 0)
