/**
 * Graphs run as modules, to be compared with what they mean.
 */
import * as Effect from "effect/Effect"
import { writeLoop } from "../../src/compile/writeLoop.ts"
import { type Graph, makeGraph, nameOf } from "../../src/graph/Graph.ts"
import type { Node } from "../../src/graph/Node.ts"
import type { Elements } from "../../src/ops/evaluate.ts"
import { openCompiled } from "../../src/runtime/compiled.ts"
import { floats, tensor } from "../../src/tensor/Tensor.ts"

/** How a graph is repeated in which the inputs stay as they are, in every step or before the first, and all outputs are kept. */
export const asLoop = (graph: Graph, inputsAre: "state" | "given") => {
  const states = inputsAre === "state" ? graph.inputs.map((input) => [`${nameOf(input)}.next`, input] as const) : []
  const outputs = { ...graph.outputs, ...Object.fromEntries(states) }
  const state = Object.fromEntries(states.map(([next, input]) => [next, nameOf(input)]))
  return {
    graph: makeGraph(graph.name, graph.inputs, outputs),
    options: { name: graph.name, state, scan: Object.keys(graph.outputs) }
  }
}

/** The outputs of so many steps, each `[steps, …]`. */
export const runModule = (
  graph: Graph,
  given: ReadonlyMap<Node, Elements>,
  inputsAre: "state" | "given" = "state",
  steps = 2
) =>
  Effect.gen(function* () {
    const loop = asLoop(graph, inputsAre)
    const program = yield* openCompiled(writeLoop(loop.graph, loop.options), {})
    const inputs = graph.inputs.map((input) => {
      const elements = given.get(input)!
      const data = input.dtype === "float64" ? elements : Float32Array.from(elements)
      return [nameOf(input), tensor(input.shape, data)] as const
    })
    const outputs = yield* program.run({
      ...Object.fromEntries(inputs),
      steps: tensor([], BigInt64Array.of(BigInt(steps)))
    })
    return Object.fromEntries(
      Object.keys(graph.outputs).map((name) => [name, Float64Array.from(floats(outputs[name]!))])
    )
  })
