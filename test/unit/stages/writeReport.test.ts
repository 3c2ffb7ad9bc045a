/** A report refuses what would be one file of two. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeReport } from "../../../stages/writeReport.ts"
import { runStage } from "../../support/runStage.ts"
import { networkStudy } from "../report/samplePage.ts"

const table = {
  model: networkStudy.model,
  title: networkStudy.title,
  flow: networkStudy.flow,
  rows: networkStudy.runs,
  files: {}
}
const figure = { name: "trade-off", title: "T", caption: "C", spec: "{}", image: "<svg/>" }

describe("writeReport", () => {
  it.effect("refuses two figures or tables of one name (NamesRepeated)", () =>
    Effect.gen(function* () {
      const given = { title: "T", subtitle: "S", settings: [], tables: [table], figures: [figure] }
      for (const [change, said] of [
        [{ figures: [figure, figure] }, 'two figures are called "trade-off"'],
        [{ tables: [table, table] }, 'two tables are called "mnist-mlp"']
      ] as const) {
        const error = yield* Effect.flip(runStage(writeReport, { ...given, ...change } as never))
        assert.propertyVal(error, "_tag", "NamesRepeated")
        assert.include(String(error), said)
      }
    })
  )
})
