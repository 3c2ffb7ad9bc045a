/**
 * Tables as CSV and Arrow: every digit survives, what was not measured stays so, the same rows give the same bytes.
 */
import { describe, expect, it } from "vitest"
import { fromArrow, toArrow } from "../../../src/report/arrow.ts"
import { type Columns, lossColumns, namesOf, runColumns, sharpnessColumns } from "../../../src/report/columns.ts"
import { toCsv } from "../../../src/report/csv.ts"
import { diagonalRuns, lossPoints, networkRuns, sharpnessPoints } from "./sample.ts"

const runs = [...networkRuns, ...diagonalRuns]
const few = lossPoints.slice(0, 500)

/** A reader of the plain CSV that these rows need: no quotes, no line breaks in fields. */
const parse = (text: string): ReadonlyArray<Record<string, string>> => {
  const [head, ...lines] = text.trimEnd().split("\n")
  const names = head!.split(",")
  return lines.map((line) => Object.fromEntries(line.split(",").map((field, i) => [names[i]!, field])))
}

describe("CSV", () => {
  it("reads back to the very same numbers", async () => {
    const parsed = parse(await toCsv(runColumns, runs))
    expect(parsed).toHaveLength(runs.length)
    for (const [i, run] of runs.entries()) {
      for (const name of namesOf(runColumns)) {
        const field = parsed[i]![name]!
        const value = run[name]
        if (value === null) expect(field).toBe("")
        else expect(runColumns[name] === "text" ? field : Number(field)).toBe(value)
      }
    }
  })

  it("keeps all seventeen digits, where a float has them", async () => {
    const columns: Columns<{ readonly x: number }> = { x: "float" }
    const values = [0.1, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3]
    const text = await toCsv(
      columns,
      values.map((x) => ({ x }))
    )
    expect(text.trimEnd().split("\n").slice(1).map(Number)).toEqual(values)
  })

  it("quotes text that holds a comma, a quote or a line break", async () => {
    const columns: Columns<{ readonly name: string }> = { name: "text" }
    expect(await toCsv(columns, [{ name: 'a,"b"\nc' }])).toBe('name\n"a,""b""\nc"\n')
  })

  it("has a header even without rows", async () => {
    expect(await toCsv(lossColumns, [])).toBe("ratio,flowOutcome,learningRate,stableBelow,step,loss,key\n")
  })
})

describe("Arrow", () => {
  it("reads back to the very same rows", async () => {
    expect(await fromArrow(runColumns, await toArrow(runColumns, runs))).toEqual(runs)
    expect(await fromArrow(lossColumns, await toArrow(lossColumns, few))).toEqual(few)
    expect(await fromArrow(sharpnessColumns, await toArrow(sharpnessColumns, sharpnessPoints))).toEqual(sharpnessPoints)
  })

  it("is an Arrow file, the same bytes for the same rows", async () => {
    const bytes = await toArrow(runColumns, runs)
    expect(new TextDecoder().decode(bytes.slice(0, 6))).toBe("ARROW1")
    expect(await toArrow(runColumns, runs)).toEqual(bytes)
  })

  it("keeps types that the values do not show: whole numbers in a float column, a column of nothing", async () => {
    const rows = diagonalRuns.map((run) => ({ ...run, ratio: 1, residual: null }))
    const { fromArrow: read } = await import("arquero")
    const table = read(await toArrow(runColumns, rows))
    expect(table.column("ratio")).toBeDefined()
    expect(await fromArrow(runColumns, await toArrow(runColumns, rows))).toEqual(rows)
  })

  it("reads back a table without rows", async () => {
    expect(await fromArrow(runColumns, await toArrow(runColumns, []))).toEqual([])
  })
})
