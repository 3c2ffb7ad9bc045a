/**
 * What a reader sees when pointing at a run: all its numbers, in words and symbols.
 */
import { atLeast } from "../flow.ts"
import { formatFixed, formatInteger, formatNumber, formatPercent, missing, shortKey } from "../format.ts"
import type { RunRow } from "../types.ts"

/** A tooltip: its title and its lines, in order. */
export type Tip = Readonly<Record<string, string>>

/** How symbols are called for one kind of model. */
export interface Symbols {
  readonly l1: string
  readonly l2Squared: string
}

export const networkSymbols: Symbols = { l1: "‖θ‖₁", l2Squared: "‖θ‖₂²" }
export const diagonalSymbols: Symbols = { l1: "‖w‖₁", l2Squared: "‖β‖₁ = ‖w‖₂²" }

/** All numbers of a run; lines that say nothing for this model are left out. */
export const tipOf = (run: RunRow, symbols: Symbols = networkSymbols): Tip => {
  const lines: ReadonlyArray<readonly [string, string]> = [
    ["outcome", `${run.outcome} after ${formatInteger(run.steps)} steps`],
    ["sharpness S", formatNumber(run.sharpness, 4)],
    ["S · η", formatFixed(run.stability, 3)],
    ["smallest eigenvalue", formatNumber(run.sharpnessLow)],
    ["residual ‖Hv − Sv‖", formatNumber(run.residual, 2)],
    ["Hessian products", formatInteger(run.products)],
    [symbols.l1, formatNumber(run.l1, 4)],
    [symbols.l2Squared, formatNumber(run.l2Squared, 4)],
    ["training loss", formatNumber(run.trainLoss)],
    ["test loss", formatNumber(run.testLoss)],
    ["training accuracy", formatPercent(run.trainAccuracy)],
    ["test accuracy", formatPercent(run.testAccuracy)],
    ["action", shortKey(run.key)]
  ]
  return {
    title: `η = ${formatNumber(run.learningRate, 4)} ${atLeast(run) || "= "}${formatNumber(run.ratio)} × critical rate`,
    ...Object.fromEntries(lines.filter(([, value]) => value !== missing))
  }
}

/** The symbols of a model's rows, by its name. */
export const symbolsOf = (model: string): Symbols => (model === "diagonal" ? diagonalSymbols : networkSymbols)
