/**
 * Norm against sharpness, coloured by the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Stage from "../src/pipeline/Stage.ts"
import { tradeOffCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { tradeOff } from "../src/report/figures/tradeOff.ts"
import { withNotice } from "../src/report/flow.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawTradeOff = Stage.make("drawTradeOff", {
  takes: { table: RunTable },
  makes: Figure,
  run: Effect.fn("drawTradeOff")(function* ({ table }) {
    const figure = tradeOff(table.rows, table.flow)
    return yield* drawn("trade-off", withNotice(tradeOffCaption, table.flow), figure)
  })
})
