/** Numbers that make no sense are refused while a plan is made, in one line, by every pipeline and stage that takes them. */
import { assert, describe, it } from "vitest"
import limits from "../../../pipelines/limits.ts"
import quickstart from "../../../pipelines/quickstart.ts"
import { ArgumentInvalid, ParameterInvalid } from "../../../src/pipeline/Errors.ts"
import { addBatches } from "../../../stages/addBatches.ts"
import { buildModel } from "../../../stages/buildModel.ts"
import { descend } from "../../../stages/descend.ts"
import { findCriticalRate } from "../../../stages/findCriticalRate.ts"
import { followFlow } from "../../../stages/followFlow.ts"
import { initialise } from "../../../stages/initialise.ts"
import { locateLimits } from "../../../stages/locateLimits.ts"
import { measure } from "../../../stages/measure.ts"
import { measureCurvature } from "../../../stages/measureCurvature.ts"
import { prepareData } from "../../../stages/prepareData.ts"
import { splitCurvature } from "../../../stages/splitCurvature.ts"
import { traceSharpness } from "../../../stages/traceSharpness.ts"
import { train } from "../../../stages/train.ts"

const refusalOf = (make: () => unknown): Error => {
  try {
    make()
  } catch (cause) {
    return cause as Error
  }
  return assert.fail("nothing was refused")
}

describe("a setting that makes no sense is refused (ParameterInvalid)", () => {
  const cases = [
    [quickstart, "threshold", "-1", 'expected a number above 0, got "-1"'],
    [quickstart, "threshold", "0", 'expected a number above 0, got "0"'],
    [quickstart, "ratio", "-1", 'expected a number above 0, got "-1"'],
    [quickstart, "ratio", "0", 'expected a number above 0, got "0"'],
    [quickstart, "ratio", "1,-1", 'expected a number above 0 as "-1", got "1,-1"'],
    [quickstart, "ratio", "linear(0,1,3)", 'expected a number above 0 as each value of linear(0,1,3), got "linear'],
    [quickstart, "ratio+", "0", 'expected a number above 0, got "0"'],
    [quickstart, "diagonalRatio", "NaN", 'expected a finite number, got "NaN"'],
    [quickstart, "diagonalRatio", "1,NaN", 'expected a finite number as "NaN", got "1,NaN"'],
    [quickstart, "train", "0", 'expected a whole number from 1, got "0"'],
    [quickstart, "train", "1.5", 'expected an integer, got "1.5"'],
    [quickstart, "seed", "1.5", 'expected an integer, got "1.5"'],
    [limits, "ratio", "-0.5", "expected a number above 0"],
    [limits, "tolerance", "0", "expected a number above 0"],
    [limits, "parts", "1", "expected a whole number from 2"]
  ] as const
  for (const [pipeline, name, text, says] of cases) {
    it(`-S ${name}=${text} of ${pipeline.name}`, () => {
      const refusal = refusalOf(() => pipeline.blueprint({ [name]: text }))
      assert.instanceOf(refusal, ParameterInvalid)
      assert.include(refusal.message, says)
      assert.notInclude(refusal.message, "\n")
    })
  }
})

describe("an argument that makes no sense is refused (ArgumentInvalid)", () => {
  const data = prepareData({ source: { kind: "point" } })
  const model = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
  const start = initialise({ model, seed: 0 })
  const far = { threshold: 1e-4, maxSteps: 10 }
  const how = { alpha: 0.5, measureEvery: 1, tolerance: 1e-6 }
  const flow = followFlow({ data, model, start, ...far, ...how })
  const critical = findCriticalRate({ flow })
  const steps = { data, model, start, critical, ratio: 0.5, ...far, snapshotSteps: [] }
  const path = descend(steps)
  const run = measure({ data, model, path, tolerance: 1e-6 })
  const spectrum = { probes: 1, densityProbes: 0, densitySteps: 1, seed: 0 }
  const mnist = { kind: "mnist", train: 1, test: 1, scaling: "unit" } as const
  const batches = { size: 1, seed: 0, replacement: false, judgeEvery: 1 }
  const plain = { optimizer: { kind: "plain" }, samples: "all" } as const
  const calls: Readonly<Record<string, () => unknown>> = {
    "followFlow threshold": () => followFlow({ data, model, start, ...far, ...how, threshold: -1 }),
    "followFlow alpha": () => followFlow({ data, model, start, ...far, ...how, alpha: 0 }),
    "followFlow measureEvery": () => followFlow({ data, model, start, ...far, ...how, measureEvery: 0 }),
    "followFlow maxSteps": () => followFlow({ data, model, start, ...far, ...how, maxSteps: -1 }),
    "followFlow tolerance": () => followFlow({ data, model, start, ...far, ...how, tolerance: 0 }),
    "descend ratio": () => descend({ ...steps, ratio: -1 }),
    "descend threshold": () => descend({ ...steps, threshold: -1 }),
    "descend maxSteps": () => descend({ ...steps, maxSteps: -1 }),
    "descend snapshotSteps": () => descend({ ...steps, snapshotSteps: [-1] }),
    "train ratio": () => train({ ...steps, ...plain, ratio: 0 }),
    "train threshold": () => train({ ...steps, ...plain, threshold: -1 }),
    "train optimizer": () => train({ ...steps, ...plain, optimizer: { kind: "polyak", momentum: 1 } }),
    "train optimizer.weightDecay": () => train({ ...steps, ...plain, optimizer: { kind: "plain", weightDecay: -1 } }),
    "train samples": () => train({ ...steps, ...plain, samples: { ...batches, size: 0 } }),
    "train samples.judgeEvery": () => train({ ...steps, ...plain, samples: { ...batches, judgeEvery: 0 } }),
    "measure tolerance": () => measure({ data, model, path, tolerance: 0 }),
    "traceSharpness tolerance": () => traceSharpness({ data, model, path, tolerance: -1, search: "cold" }),
    "splitCurvature maxProducts": () => splitCurvature({ data, model, path, tolerance: 1, maxProducts: 0 }),
    "measureCurvature probes": () => measureCurvature({ data, model, path, tolerance: 1, ...spectrum, probes: 0 }),
    "locateLimits parts": () => locateLimits({ flow, runs: [run], tolerance: 1, parts: 1 }),
    "addBatches size": () => addBatches({ data, model, size: 0 }),
    "prepareData source": () => prepareData({ source: { ...mnist, train: 0 } })
  }
  for (const [name, call] of Object.entries(calls)) {
    it(name, () => {
      const refusal = refusalOf(call)
      assert.instanceOf(refusal, ArgumentInvalid)
      const [stage, argument] = name.split(/[ .]/)
      assert.match(refusal.message, new RegExp(`^${stage}: argument "${argument}" should be .*, got [^E]`))
    })
  }

  it("0 is a threshold that is never reached", () => {
    descend({ ...steps, threshold: 0 })
  })
})
