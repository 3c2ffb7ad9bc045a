/**
 * Whether the steps of a model are better compiled than left to a runtime: where they are so small that most of the time would go
 * into what is around the arithmetic.
 */
import { nameOf } from "../graph/Graph.ts"
import { costsOf } from "../wasm/cost.ts"
import { obstacle } from "../wasm/obstacle.ts"
import type { StepLoop } from "./stepLoop.ts"

/** A module must be better by more than what the estimates leave out. */
const margin = 0.7
/** A run takes at most a fifth of a second, so that progress and interruption stay alive. Unit: µs */
const longestRun = 200_000

/** The same loop, with no more steps in a run than fit when they are compiled; undefined where ONNX is as good, or the only way. */
export const compiledStep = ({ graph, options, chunk }: StepLoop): StepLoop | undefined => {
  if (options.parts !== undefined || options.around !== undefined) return undefined
  const carried = new Set(Object.values(options.state))
  const costs = costsOf(
    graph,
    graph.inputs.filter((input) => carried.has(nameOf(input)))
  )
  if (costs.module >= margin * costs.onnx || obstacle(graph) !== undefined) return undefined
  return { graph, options, chunk: Math.max(1, Math.min(chunk, Math.floor(longestRun / costs.module))) }
}
