/** An eigenvalue whose search was cut off is marked wherever it goes, and whoever watches is told. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Report } from "../../../src/pipeline/Progress.ts"
import type { FloatDType } from "../../../src/tensor/DType.ts"
import { buildModel } from "../../../stages/buildModel.ts"
import { descend } from "../../../stages/descend.ts"
import { drawTrainingCurves } from "../../../stages/drawTrainingCurves.ts"
import { initialise } from "../../../stages/initialise.ts"
import { measure } from "../../../stages/measure.ts"
import { measureCurvature } from "../../../stages/measureCurvature.ts"
import { prepareData } from "../../../stages/prepareData.ts"
import { splitCurvature } from "../../../stages/splitCurvature.ts"
import { traceSharpness } from "../../../stages/traceSharpness.ts"
import { type Heard, runStage } from "../../support/runStage.ts"

/** Float32 rounds more coarsely than that. */
const tooFine = 1e-12

const measured = (dtype: FloatDType, tolerance: number, maxProducts: number) =>
  Effect.gen(function* () {
    const data = yield* runStage(prepareData, { source: { kind: "point" } })
    const architecture = { kind: "mlp", widths: [6, 5], activation: "tanh" } as const
    const model = yield* runStage(buildModel, { data, architecture, loss: "mse", dtype })
    const start = yield* runStage(initialise, { model, seed: 0 })
    const critical = { flowOutcome: "Converged", rate: 0.1 } as const
    const common = { data, model, start, critical, threshold: 0, ratio: 1 }
    const path = yield* runStage(descend, { ...common, maxSteps: 10, snapshotSteps: [0, 5] })
    const given = { data, model, path, tolerance }
    const told: Record<string, ReadonlyArray<string>> = {}
    const heard = (name: string): Heard => ({
      report: ({ warning }: Report) => {
        if (warning !== undefined) told[name] = [...(told[name] ?? []), warning]
      }
    })
    const run = yield* runStage(measure, given, heard("measure"))
    const trace = yield* runStage(traceSharpness, { ...given, search: "cold" }, heard("traceSharpness"))
    const probes = { probes: 1, densityProbes: 0, densitySteps: 1, seed: 0 }
    const curvature = yield* runStage(measureCurvature, { ...given, ...probes }, heard("measureCurvature"))
    const split = yield* runStage(splitCurvature, { ...given, maxProducts }, heard("splitCurvature"))
    const { caption } = yield* runStage(drawTrainingCurves, { traces: [trace] })
    return { run, trace, curvature, split, caption, told }
  })

describe("eigenvalues that are not settled", () => {
  it.effect("are marked in every artifact, in the caption of their figure, and told", () =>
    Effect.gen(function* () {
      const { run, trace, curvature, split, caption, told } = yield* measured("float32", tooFine, 3)
      assert.isFalse(run.converged)
      assert.deepStrictEqual(
        trace.sharpnesses.map(({ converged }) => converged),
        [false, false, false]
      )
      assert.isFalse(curvature.scaledConverged)
      assert.isFalse(split.converged)
      assert.include(caption, "At hollow points the search for the sharpness ended before it was settled")
      assert.match(told["measure"]!.join(), /was not settled in \d+ products/)
      assert.lengthOf(told["traceSharpness"]!, 3)
      assert.match(told["traceSharpness"]![1]!, /^step 5: the sharpness was not settled/)
      assert.match(told["measureCurvature"]!.join(), /was not settled/)
      assert.match(
        told["splitCurvature"]!.join(),
        /not all ends were settled in 3 products for each spectrum, to 1e-12: λmax\(H\).*Give them more/
      )
    })
  )

  it.effect("are none where float64 is exact enough, and nobody is told anything", () =>
    Effect.gen(function* () {
      const { run, trace, split, caption, told } = yield* measured("float64", tooFine, 100)
      assert.isTrue(run.converged && split.converged && trace.sharpnesses.every(({ converged }) => converged))
      assert.notInclude(caption, "hollow")
      assert.deepStrictEqual(told, {})
    })
  )
})
