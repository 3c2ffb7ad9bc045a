/**
 * All runs of one model as a table, each row with the key of the action that measured it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { warn } from "../src/pipeline/Progress.ts"
import { Provenance } from "../src/pipeline/Provenance.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { toArrow } from "../src/report/arrow.ts"
import { runColumns } from "../src/report/columns.ts"
import { toCsv } from "../src/report/csv.ts"
import { RunsMixed } from "../src/report/Errors.ts"
import { shortfall } from "../src/report/flow.ts"
import type { RunRow } from "../src/report/types.ts"
import { Flow, Measurement, RunTable } from "./artifacts.ts"

/** So much may η / ratio differ from η_c, of which η was made. */
const ROUNDING = 1e-9

export const tabulate = Stage.make("tabulate", {
  takes: { model: Schema.String, title: Schema.String, flow: Flow, runs: Artifact.many(Measurement) },
  makes: RunTable,
  provenance: true,
  run: Effect.fn("tabulate")(function* ({ model, title, flow, runs }) {
    const foreign = runs.find(
      ({ learningRate, ratio }) => Math.abs(learningRate / ratio / flow.criticalRate - 1) > ROUNDING
    )
    if (foreign !== undefined) {
      const { ratio, learningRate } = foreign
      return yield* new RunsMixed({
        title,
        ratio,
        criticalRate: learningRate / ratio,
        expected: flow.criticalRate
      })
    }
    const short = shortfall(flow)
    if (short !== undefined) yield* warn(short)
    const { keys } = yield* Provenance
    const [flowKey] = keys("flow")
    const runKeys = keys("runs")
    const rows: ReadonlyArray<RunRow> = runs.map(({ tolerance: _, converged, ...run }, i) => ({
      model,
      ...run,
      eigenvalues: run.sharpness === null ? null : converged ? ("Converged" as const) : ("Exhausted" as const),
      key: runKeys[i]!
    }))
    return {
      model,
      title,
      flow: {
        outcome: flow.outcome,
        threshold: flow.threshold,
        initialSharpness: flow.initialSharpness,
        maximalSharpness: flow.maximalSharpness,
        finalSharpness: flow.finalSharpness,
        criticalRate: flow.criticalRate,
        finalL1: flow.l1,
        finalL2Squared: flow.l2Squared,
        trainLoss: flow.trainLoss,
        testLoss: flow.testLoss,
        testAccuracy: flow.testAccuracy,
        time: flow.time,
        steps: flow.steps,
        key: flowKey!
      },
      rows,
      files: {
        "runs.csv": new TextEncoder().encode(yield* Effect.promise(() => toCsv(runColumns, rows))),
        "runs.arrow": yield* Effect.promise(() => toArrow(runColumns, rows))
      }
    }
  })
})
