/**
 * Whether the steps of a model are better compiled than left to a runtime: where they are so small that most of the time would go
 * into what is around the arithmetic.
 */

import { costsOf } from "../compile/cost.ts"
import { obstacle } from "../compile/obstacle.ts"
import { nameOf } from "../graph/Graph.ts"
import { composed } from "../ops/compose.ts"
import type { StepLoop } from "./stepLoop.ts"

/** A module must be better by more than what the estimates leave out. */
const margin = 0.7

/** Whether ONNX is neither as good nor the only way. */
export const isBetterCompiled = ({ graph, options }: StepLoop): boolean => {
  if (options.parts !== undefined || options.around !== undefined) return false
  const carried = new Set(Object.values(options.state))
  const step = composed(graph)
  const costs = costsOf(
    step,
    step.inputs.filter((input) => carried.has(nameOf(input)))
  )
  return costs.module < margin * costs.onnx && obstacle(step) === undefined
}
