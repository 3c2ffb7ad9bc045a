/** How a gradient flow ended goes with all that rests on it: from the flow to the runs, the table and whoever watches. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Report } from "../../../src/pipeline/Progress.ts"
import { buildModel } from "../../../stages/buildModel.ts"
import { descend } from "../../../stages/descend.ts"
import { findCriticalRate } from "../../../stages/findCriticalRate.ts"
import { followFlow } from "../../../stages/followFlow.ts"
import { initialise } from "../../../stages/initialise.ts"
import { locateLimits } from "../../../stages/locateLimits.ts"
import { measure } from "../../../stages/measure.ts"
import { prepareData } from "../../../stages/prepareData.ts"
import { tabulate } from "../../../stages/tabulate.ts"
import { traceSharpness } from "../../../stages/traceSharpness.ts"
import { runStage } from "../../support/runStage.ts"

/** All that is made of a flow of at most so many steps, and what was reported meanwhile. */
const study = (maxSteps: number) =>
  Effect.gen(function* () {
    const reports: Array<Report> = []
    const heard = { report: (report: Report) => void reports.push(report) }
    const data = yield* runStage(prepareData, { source: { kind: "point" } })
    const architecture = { kind: "diagonal", scale: 0.05 } as const
    const model = yield* runStage(buildModel, { data, architecture, loss: "mse", dtype: "float64" })
    const start = yield* runStage(initialise, { model, seed: 0 })
    const common = { data, model, start, threshold: 1e-4 }
    const how = { alpha: 0.5, measureEvery: 1, tolerance: 1e-6, maxSteps }
    const flow = yield* runStage(followFlow, { ...common, ...how }, heard)
    const critical = yield* runStage(findCriticalRate, { flow })
    const path = yield* runStage(descend, { ...common, critical, ratio: 0.5, maxSteps: 5000, snapshotSteps: [] })
    const run = yield* runStage(measure, { data, model, path, tolerance: 1e-6 })
    const trace = yield* runStage(traceSharpness, { data, model, path, tolerance: 1e-6, search: "cold" })
    const table = yield* runStage(tabulate, { model: "diagonal", title: "T", flow, runs: [run] }, heard)
    const limits = yield* runStage(
      locateLimits,
      { flow, runs: [run, { ...run, ratio: 2 }], tolerance: 1, parts: 2 },
      heard
    )
    return { flow, run, trace, table, limits, warnings: reports.flatMap(({ warning }) => warning ?? []) }
  })

describe("a gradient flow that runs out of steps", () => {
  it.effect("is in the flow, in every run, in the table and its files, and whoever watches is told", () =>
    Effect.gen(function* () {
      const { flow, run, trace, table, limits, warnings } = yield* study(3)
      assert.strictEqual(flow.outcome, "Exhausted")
      assert.deepStrictEqual([run.flowOutcome, trace.flowOutcome, limits.flowOutcome], Array(3).fill("Exhausted"))
      assert.strictEqual(table.flow.outcome, "Exhausted")
      assert.strictEqual(table.flow.threshold, 1e-4)
      assert.isAbove(table.flow.trainLoss, table.flow.threshold)
      assert.strictEqual(table.rows[0]!.flowOutcome, "Exhausted")
      assert.include(new TextDecoder().decode(table.files["runs.csv"]), ",Exhausted,")
      assert.lengthOf(warnings, 3)
      for (const warning of warnings) assert.match(warning, /Exhausted.* after 3 steps.* above/)
    })
  )

  it.effect("gives no run that is said to follow it", () =>
    Effect.gen(function* () {
      const { limits } = yield* study(3)
      assert.deepStrictEqual(limits.changes, [])
    })
  )
})

describe("a gradient flow that reaches the threshold", () => {
  it.effect("warns nobody", () =>
    Effect.gen(function* () {
      const { flow, table, warnings } = yield* study(10_000)
      assert.strictEqual(flow.outcome, "Converged")
      assert.strictEqual(table.rows[0]!.flowOutcome, "Converged")
      assert.deepStrictEqual(warnings, [])
    })
  )
})

describe("a table", () => {
  it.effect("refuses runs that belong to another flow (RunsMixed)", () =>
    Effect.gen(function* () {
      const { flow, run } = yield* study(5000)
      const other = { ...run, learningRate: 1.5 * run.learningRate }
      const error = yield* Effect.flip(
        runStage(tabulate, { model: "diagonal", title: "Starts", flow, runs: [run, other] })
      )
      assert.propertyVal(error, "_tag", "RunsMixed")
      assert.match(String(error), /table "Starts": the run at ratio 0.5 has .* make one table for each flow/)
    })
  )
})
