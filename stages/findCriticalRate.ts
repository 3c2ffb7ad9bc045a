/**
 * The critical learning rate of a gradient flow, by itself: a flow that goes further and meets nothing sharper gives the same one,
 * so descents at multiples of it go on from where they were.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { CriticalRate, Flow } from "./artifacts.ts"

export const findCriticalRate = Stage.make("findCriticalRate", {
  takes: { flow: Flow },
  makes: CriticalRate,
  run: ({ flow }) => Effect.succeed({ rate: flow.criticalRate, flowOutcome: flow.outcome })
})
