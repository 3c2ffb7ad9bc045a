/**
 * The diagonal network: sharpness, norms, and how far it ends from the truth, against the learning rate. The distance
 * follows from the test loss on data whose test samples are made for that; on other data the test loss itself is drawn.
 */
import * as Effect from "effect/Effect"
import { toyErrorPerTestLoss } from "../src/data/toy.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { diagonalPanelCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { diagonalPanel } from "../src/report/figures/diagonalPanel.ts"
import { withNotice } from "../src/report/flow.ts"
import { Dataset, Figure, RunTable } from "./artifacts.ts"

export const drawDiagonal = Stage.make("drawDiagonal", {
  takes: { table: RunTable, data: Dataset },
  makes: Figure,
  run: Effect.fn("drawDiagonal")(function* ({ table, data }) {
    const options = data.source === "point" ? { errorPerTestLoss: toyErrorPerTestLoss } : {}
    const figure = diagonalPanel(table.rows, table.flow, options)
    return yield* drawn("diagonal", withNotice(diagonalPanelCaption, table.flow), figure)
  })
})
