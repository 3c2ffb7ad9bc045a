/**
 * Test loss and accuracy against the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { testLossCaption } from "../src/report/captions.ts"
import { testLoss } from "../src/report/figures/testLoss.ts"
import { renderSvg } from "../src/report/renderSvg.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawTestLoss = Stage.make("drawTestLoss", {
  takes: { table: RunTable },
  makes: Figure,
  run: Effect.fn("drawTestLoss")(function* ({ table }) {
    const figure = testLoss(table.rows, table.flow)
    return {
      name: "test-loss",
      ...testLossCaption,
      spec: JSON.stringify(figure),
      image: yield* Effect.promise(() => renderSvg(figure))
    }
  })
})
