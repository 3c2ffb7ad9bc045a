/**
 * Final sharpness and norm against the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { againstLearningRateCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { againstLearningRate } from "../src/report/figures/againstLearningRate.ts"
import { withNotice } from "../src/report/flow.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawLearningRates = Stage.make("drawLearningRates", {
  takes: { table: RunTable },
  makes: Figure,
  run: Effect.fn("drawLearningRates")(function* ({ table }) {
    const figure = againstLearningRate(table.rows, table.flow)
    return yield* drawn("against-learning-rate", withNotice(againstLearningRateCaption, table.flow), figure)
  })
})
