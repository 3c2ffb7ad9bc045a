/**
 * What sweeps from several starts, or on several draws of the data, have in common: at every multiple of the critical rate the
 * mean over them, and whether some rate in between generalises better than both ends. Only converged runs count, and norms
 * and sharpness are in units of each sweep's own gradient flow. Knows nothing of words.
 */
import { reached } from "./flow.ts"
import { clearlyPositive, spreadOf } from "./spread.ts"
import type { Comparison, FlatRatioRow, FlowSummary, Measure, RatioRow, RunRow } from "./types.ts"

/** One sweep over learning rates. */
export interface Sweep {
  readonly flow: FlowSummary
  readonly rows: ReadonlyArray<RunRow>
}

/** One converged run, as it is compared. */
export interface Cell {
  /** Of the sweep. */
  readonly sweep: number
  readonly ratio: number // η / η_c
  readonly testLoss: number | null
  readonly l1: number | null // ‖θ‖₁ / that of the flow's end
  readonly l2Squared: number | null // ‖θ‖₂² / that of the flow's end
  readonly sharpness: number | null // S / S_end
  readonly stability: number | null // S · η, as a share of what is stable
}

const measures = ["testLoss", "l1", "l2Squared", "sharpness", "stability"] as const satisfies ReadonlyArray<Measure>

const share = (value: number | null, of: number): number | null => (value === null || of === 0 ? null : value / of)

/** The converged runs of all sweeps, in the order of their rates. */
export const cellsOf = (sweeps: ReadonlyArray<Sweep>): ReadonlyArray<Cell> =>
  sweeps.flatMap(({ flow, rows }, sweep) => {
    const isEnd = reached(flow)
    return rows
      .filter(({ outcome }) => outcome === "Converged")
      .map(({ ratio, testLoss, l1, l2Squared, sharpness, stability, stableBelow }) => ({
        sweep,
        ratio,
        testLoss,
        l1: isEnd ? share(l1, flow.finalL1) : null,
        l2Squared: isEnd ? share(l2Squared, flow.finalL2Squared) : null,
        sharpness: isEnd ? share(sharpness, flow.finalSharpness) : null,
        stability: share(stability, stableBelow)
      }))
      .sort((a, b) => a.ratio - b.ratio)
  })

/** A row for every multiple of the critical rate, ascending. */
export const rowsOf = (sweeps: ReadonlyArray<Sweep>): ReadonlyArray<RatioRow> => {
  const cells = cellsOf(sweeps)
  const all = sweeps.flatMap(({ rows }) => rows)
  const ratios = [...new Set(all.map(({ ratio }) => ratio))].sort((a, b) => a - b)
  return ratios.map((ratio) => {
    const here = cells.filter((cell) => cell.ratio === ratio)
    const of = (measure: Measure) => spreadOf(here.flatMap((cell) => cell[measure] ?? []))
    return {
      ratio,
      runs: all.filter((run) => run.ratio === ratio).length,
      converged: here.length,
      testLoss: of("testLoss"),
      l1: of("l1"),
      l2Squared: of("l2Squared"),
      sharpness: of("sharpness"),
      stability: of("stability")
    }
  })
}

/** The index of the least. */
const leastAt = (values: ReadonlyArray<number>): number => values.indexOf(Math.min(...values))

/** `undefined` for fewer than three sweeps, or fewer than three rates at which all of them have a test loss. */
export const compare = (sweeps: ReadonlyArray<Sweep>): Comparison | undefined => {
  const cells = cellsOf(sweeps).filter(({ testLoss }) => testLoss !== null && testLoss > 0)
  const ratios = rowsOf(sweeps)
    .map(({ ratio }) => ratio)
    .filter((ratio) => cells.filter((cell) => cell.ratio === ratio).length === sweeps.length)
  if (sweeps.length < 3 || ratios.length < 3) return undefined
  /** ln of the test loss. Shape [sweeps, ratios] */
  const losses = sweeps.map((_, sweep) =>
    ratios.map((ratio) => Math.log(cells.find((cell) => cell.sweep === sweep && cell.ratio === ratio)!.testLoss!))
  )
  const total = ratios.map((_, i) => losses.reduce((sum, row) => sum + row[i]!, 0))
  const chosen = losses.map((row) => row[leastAt(total.map((sum, i) => sum - row[i]!))]!)
  const overSmallest = spreadOf(losses.map((row, sweep) => row[0]! - chosen[sweep]!))!
  const overLargest = spreadOf(losses.map((row, sweep) => row.at(-1)! - chosen[sweep]!))!
  const [beatsSmallest, beatsLargest] = [clearlyPositive(overSmallest), clearlyPositive(overLargest)]
  return {
    smallest: ratios[0]!,
    largest: ratios.at(-1)!,
    best: losses.map((row) => ratios[leastAt(row)]!),
    overSmallest,
    overLargest,
    place: beatsSmallest ? (beatsLargest ? "between" : "largest") : beatsLargest ? "smallest" : "unclear"
  }
}

/** A row with means and errors side by side, as tables have them. */
export const flat = ({ ratio, runs, converged, ...spreads }: RatioRow): FlatRatioRow => ({
  ratio,
  runs,
  converged,
  ...(Object.fromEntries(
    measures.flatMap((measure) => [
      [measure, spreads[measure]?.mean ?? null],
      [`${measure}Error`, spreads[measure]?.error ?? null]
    ])
  ) as Pick<FlatRatioRow, Measure | `${Measure}Error`>)
})
