/**
 * What a step takes as a module, and what it takes as ONNX: estimates, from shapes alone. In ONNX every node costs something, however
 * small it is; a module has no such cost, and is slower at large products.
 */
import { type Graph, nodesOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { dependents } from "../graph/order.ts"
import { opNamed } from "../ops/table.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { kindOf } from "./rules.ts"

/** Unit: µs */
export interface Costs {
  readonly module: number
  readonly onnx: number
}

interface Rates {
  readonly node: number
  /** A multiplication or an addition of a product. */
  readonly product: number
  /** The same where the result has one row. */
  readonly row: number
  readonly element: number
  /** Of a function. */
  readonly function: number
}

/** As measured on a processor with AVX-512. Unit: µs */
const rates: Readonly<Record<FloatDType, Readonly<Record<keyof Costs, Rates>>>> = {
  float32: {
    module: { node: 0.005, product: 1 / 40_000, row: 1 / 40_000, element: 0.0001, function: 0.0025 },
    onnx: { node: 0.45, product: 1 / 120_000, row: 1 / 50_000, element: 0.00005, function: 0.0005 }
  },
  float64: {
    module: { node: 0.005, product: 1 / 20_000, row: 1 / 20_000, element: 0.0002, function: 0.006 },
    onnx: { node: 0.45, product: 1 / 40_000, row: 1 / 9_000, element: 0.0001, function: 0.003 }
  }
}

/** What is no instruction of the processor. */
const functions: ReadonlySet<string> = new Set(["exp", "log", "tanh", "sigmoid"])

/** The cost of a step, a `composed` graph of which some inputs are carried to the next; what depends on none of them does not count. */
export const costsOf = (graph: Graph, state: ReadonlyArray<Node>): Costs => {
  const moving = dependents(Object.values(graph.outputs), state)
  const { onnx, module } = rates[graph.inputs[0]?.dtype === "float32" ? "float32" : "float64"]
  const made = nodesOf(graph).filter((node) => {
    const kind = kindOf(node)
    return moving.has(node) && kind !== "leaf" && kind !== "view"
  })
  const cost = (rate: Rates): number =>
    made.reduce((sum, node) => {
      const shapes = node.inputs.map(({ shape }) => shape)
      const operations = opNamed(node.op).operations?.(shapes, node.shape)
      const elements = Math.max(sizeOf(node.shape), ...shapes.map(sizeOf))
      const each = functions.has(node.op) ? rate.function : rate.element
      const product = node.shape.at(-2) === 1 ? rate.row : rate.product
      return sum + rate.node + (operations === undefined ? elements * each : operations * product)
    }, 0)
  return { module: cost(module), onnx: cost(onnx) }
}
