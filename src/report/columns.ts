/**
 * The columns of every table that a report writes: their names, order and types. One list for CSV, Arrow and reading
 * back, so that these cannot disagree.
 */
import type { FlatRatioRow, LossPoint, RunRow, SharpnessPoint } from "./types.ts"

/** How a column is stored: text, a 32-bit integer, or a float with all 64 bits. */
export type ColumnType = "text" | "integer" | "float"

export type Columns<Row> = { readonly [Name in keyof Row]: ColumnType }

/** One value of a table; `null` is "not measured". */
export type Cell = string | number | null

export const runColumns: Columns<RunRow> = {
  model: "text",
  ratio: "float",
  flowOutcome: "text",
  learningRate: "float",
  outcome: "text",
  steps: "integer",
  sharpness: "float",
  residual: "float",
  sharpnessLow: "float",
  residualLow: "float",
  products: "integer",
  eigenvalues: "text",
  stability: "float",
  stableBelow: "float",
  l1: "float",
  l2Squared: "float",
  trainLoss: "float",
  testLoss: "float",
  trainAccuracy: "float",
  testAccuracy: "float",
  key: "text"
}

export const lossColumns: Columns<LossPoint> = {
  ratio: "float",
  flowOutcome: "text",
  learningRate: "float",
  stableBelow: "float",
  step: "integer",
  loss: "float",
  key: "text"
}

export const sharpnessColumns: Columns<SharpnessPoint> = {
  ratio: "float",
  flowOutcome: "text",
  learningRate: "float",
  stableBelow: "float",
  step: "integer",
  sharpness: "float",
  eigenvalue: "text",
  key: "text"
}

export const ratioColumns: Columns<FlatRatioRow> = {
  ratio: "float",
  runs: "integer",
  converged: "integer",
  testLoss: "float",
  testLossError: "float",
  l1: "float",
  l1Error: "float",
  l2Squared: "float",
  l2SquaredError: "float",
  sharpness: "float",
  sharpnessError: "float",
  stability: "float",
  stabilityError: "float"
}

/** Names in the order of the table. */
export const namesOf = <Row>(columns: Columns<Row>): ReadonlyArray<keyof Row & string> =>
  Object.keys(columns) as Array<keyof Row & string>

/** Rows turned into one array a column. */
export const byColumn = <Row>(columns: Columns<Row>, rows: ReadonlyArray<Row>): Record<string, ReadonlyArray<Cell>> =>
  Object.fromEntries(namesOf(columns).map((name) => [name, rows.map((row) => row[name] as Cell)]))
