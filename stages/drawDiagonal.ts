/**
 * The diagonal network: sharpness, norms and error against the learning rate.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "../src/pipeline/Stage.ts"
import { diagonalPanelCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { diagonalPanel } from "../src/report/figures/diagonalPanel.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawDiagonal = Stage.make("drawDiagonal", {
  takes: { table: RunTable, errorPerTestLoss: Schema.Finite },
  makes: Figure,
  run: Effect.fn("drawDiagonal")(function* ({ table, errorPerTestLoss }) {
    const figure = diagonalPanel(table.rows, table.flow, { errorPerTestLoss })
    return yield* drawn("diagonal", diagonalPanelCaption, figure)
  })
})
