/**
 * Final sharpness and norm against the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { againstLearningRateCaption } from "../src/report/captions.ts"
import { againstLearningRate } from "../src/report/figures/againstLearningRate.ts"
import { renderSvg } from "../src/report/renderSvg.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawLearningRates = Stage.make("drawLearningRates", {
  takes: { table: RunTable },
  makes: Figure,
  run: Effect.fn("drawLearningRates")(function* ({ table }) {
    const figure = againstLearningRate(table.rows, table.flow)
    return {
      name: "against-learning-rate",
      ...againstLearningRateCaption,
      spec: JSON.stringify(figure),
      image: yield* Effect.promise(() => renderSvg(figure))
    }
  })
})
