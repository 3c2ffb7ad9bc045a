/**
 * What a step takes as a module, and what it takes as ONNX: estimates, from shapes alone. In ONNX every node costs something, however
 * small it is; a module has no such cost, and is slower at large products.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { dependents } from "../graph/order.ts"
import { composed } from "../onnx/compose.ts"
import { opNamed } from "../ops/table.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { kindOf } from "./rules.ts"

/** Unit: µs */
export interface Costs {
  readonly module: number
  readonly onnx: number
}

/** As measured on a processor with AVX-512. Unit: µs; a node, a multiplication or addition of a product, an element. */
const rates = {
  float32: {
    node: 0.45,
    onnx: { product: 1 / 150_000, element: 0.0002 },
    module: { product: 1 / 40_000, element: 0.0003 }
  },
  float64: {
    node: 0.45,
    onnx: { product: 1 / 50_000, element: 0.0004 },
    module: { product: 1 / 20_000, element: 0.0005 }
  }
} as const

/** Functions of elements that are no instruction, in a module. Unit: µs */
const called = 0.027
const calling: ReadonlySet<string> = new Set(["exp", "log", "tanh", "pow", "sigmoid"])

/** The cost of a step, of which some inputs are carried from one to the next; what depends on none of them does not count. */
export const costsOf = (given: Graph, state: ReadonlyArray<Node>): Costs => {
  const graph = composed(given)
  const moving = dependents(Object.values(graph.outputs), state)
  const rate = rates[graph.inputs[0]?.dtype === "float32" ? "float32" : "float64"]
  const costs = { module: 0, onnx: 0 }
  for (const node of nodesOf(graph)) {
    const kind = kindOf(node)
    if (!moving.has(node) || kind === "leaf" || kind === "view") continue
    const shapes = node.inputs.map(({ shape }) => shape)
    const operations = opNamed(node.op).operations?.(shapes, node.shape) ?? 0
    const elements = Math.max(sizeOf(node.shape), ...shapes.map(sizeOf))
    costs.onnx += rate.node + operations * rate.onnx.product + elements * rate.onnx.element
    costs.module += operations * rate.module.product + elements * (calling.has(node.op) ? called : rate.module.element)
  }
  return costs
}
