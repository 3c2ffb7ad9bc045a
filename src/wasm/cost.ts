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

/** As measured on a processor with AVX-512: of a node, of an operation of a product, of an element. Unit: µs */
const rates = {
  float32: {
    onnx: { node: 0.45, product: 1 / 150_000, element: 0.00005 },
    module: { product: 1 / 40_000, element: 0.0001, function: 0.003 }
  },
  float64: {
    onnx: { node: 0.45, product: 1 / 50_000, element: 0.0001 },
    module: { product: 1 / 20_000, element: 0.0002, function: 0.008 }
  }
} as const

/** What is no instruction of the processor. */
const functions: ReadonlySet<string> = new Set(["exp", "log", "tanh", "sigmoid"])

/** The cost of a step, of which some inputs are carried from one to the next; what depends on none of them does not count. */
export const costsOf = (given: Graph, state: ReadonlyArray<Node>): Costs => {
  const graph = composed(given)
  const moving = dependents(Object.values(graph.outputs), state)
  const { onnx, module } = rates[graph.inputs[0]?.dtype === "float32" ? "float32" : "float64"]
  const costs = { module: 0, onnx: 0 }
  for (const node of nodesOf(graph)) {
    const kind = kindOf(node)
    if (!moving.has(node) || kind === "leaf" || kind === "view") continue
    const shapes = node.inputs.map(({ shape }) => shape)
    const operations = opNamed(node.op).operations?.(shapes, node.shape) ?? 0
    const elements = Math.max(sizeOf(node.shape), ...shapes.map(sizeOf))
    costs.onnx += onnx.node + operations * onnx.product + elements * onnx.element
    costs.module += operations * module.product + elements * (functions.has(node.op) ? module.function : module.element)
  }
  return costs
}
