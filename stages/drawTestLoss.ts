/**
 * Test loss and accuracy against the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { testLossCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { testLoss } from "../src/report/figures/testLoss.ts"
import { withNotice } from "../src/report/flow.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawTestLoss = Stage.make("drawTestLoss", {
  takes: { table: RunTable },
  makes: Figure,
  run: Effect.fn("drawTestLoss")(function* ({ table }) {
    const figure = testLoss(table.rows, table.flow)
    return yield* drawn("test-loss", withNotice(testLossCaption, table.flow), figure)
  })
})
