/** The stages that train and measure, run as they are, without a store: their services are those of one run. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Artifact from "../../../src/pipeline/Artifact.ts"
import type * as Stage from "../../../src/pipeline/Stage.ts"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { floats, tensor } from "../../../src/tensor/Tensor.ts"
import type { OptimizerChoice } from "../../../src/train/OptimizerChoice.ts"
import { addBatches } from "../../../stages/addBatches.ts"
import type { Dataset } from "../../../stages/artifacts.ts"
import { buildModel } from "../../../stages/buildModel.ts"
import { descend } from "../../../stages/descend.ts"
import { drawTrainingCurves } from "../../../stages/drawTrainingCurves.ts"
import { initialise } from "../../../stages/initialise.ts"
import { measure } from "../../../stages/measure.ts"
import { measureCurvature } from "../../../stages/measureCurvature.ts"
import { splitCurvature } from "../../../stages/splitCurvature.ts"
import { traceSharpness } from "../../../stages/traceSharpness.ts"
import { train } from "../../../stages/train.ts"
import { runStage } from "../../support/runStage.ts"

const run = <T extends Stage.Takes, A extends Artifact.Any>(
  stage: Stage.Stage<string, T, A, unknown, unknown>,
  given: Stage.Given<T>,
  kept: Array<unknown> = [],
  states: ReadonlyArray<unknown> = []
) => runStage(stage, given, { keep: (state) => void kept.push(state), states })

const [samples, features, outputs] = [12, 5, 3]
const drawn = (label: string, shape: ReadonlyArray<number>) =>
  tensor(
    [...shape],
    normal(
      split(fromSeed("stages"), label),
      shape.reduce((size, n) => size * n, 1)
    )
  )
const halves = { inputs: drawn("x", [samples, features]), targets: drawn("y", [samples, outputs]) }
const data: Artifact.Value<typeof Dataset> = {
  source: "drawn",
  ...{ features, outputs, trainCount: samples, testCount: samples },
  train: halves,
  test: halves
}
const critical = { flowOutcome: "Converged", rate: 0.1 } as const
const all = { data, critical, threshold: 0, maxSteps: 40, snapshotSteps: [5] }

const world = Effect.gen(function* () {
  const model = yield* run(buildModel, {
    data,
    architecture: { kind: "mlp", widths: [4], activation: "tanh" },
    loss: "mse",
    dtype: "float64"
  })
  return { model, start: yield* run(initialise, { model, seed: 3 }) }
})

const plain: OptimizerChoice = { kind: "plain" }
const lossesOf = (path: { readonly losses: Readonly<Record<string, Parameters<typeof floats>[0]>> }) => [
  ...floats(path.losses["losses"]!)
]

describe("buildModel", () => {
  it.effect("says which forms it chose", () =>
    Effect.gen(function* () {
      const { model } = yield* world
      assert.deepStrictEqual(model.forms, { step: "compiled", eigenvalues: "whole", samples })
      assert.includeMembers(Object.keys(model.graphs), ["step.onnx", "step.wasm"])
      const sizes = { features: 3072, outputs: 10, trainCount: 1000, testCount: 1 }
      const large = yield* run(buildModel, {
        data: { ...data, ...sizes },
        architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" },
        loss: "mse",
        dtype: "float32"
      })
      assert.notProperty(large.graphs, "step.wasm")
      assert.deepStrictEqual(large.forms, { step: "dual", eigenvalues: "row space", samples: 1000 })
      assert.includeMembers(Object.keys(large.graphs), [
        "step.onnx",
        "rowGram.onnx",
        "rowLinearize.onnx",
        "rowMultiply.onnx"
      ])
    })
  )
})

describe("train", () => {
  it.effect("makes the steps of descend with a plain optimizer and all samples", () =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world), ratio: 1.5 }
      const steps = yield* run(descend, given)
      const same = yield* run(train, { ...given, optimizer: plain, samples: "all" as const })
      for (const [step, loss] of lossesOf(same).entries()) assert.closeTo(loss / lossesOf(steps)[step]!, 1, 1e-12)
      assert.deepStrictEqual(same.snapshotSteps, steps.snapshotSteps)
      assert.strictEqual(same.stableBelow, steps.stableBelow)
    })
  )

  it.effect("takes momentum past the critical rate of plain descent, and says how far it is stable", () =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world), ratio: 1.5, samples: "all" as const }
      const polyak = yield* run(train, { ...given, optimizer: { kind: "polyak", momentum: 0.5 } })
      const nesterov = yield* run(train, { ...given, optimizer: { kind: "nesterov", momentum: 0.5, weightDecay: 1 } })
      assert.closeTo(polyak.stableBelow, 3, 1e-12)
      assert.closeTo(nesterov.stableBelow, ((2 - 0.15) * 1.5) / 2, 1e-12)
      for (const path of [polyak, nesterov]) assert.isBelow(path.loss, 0.9 * lossesOf(path)[0]!)
    })
  )

  it.effect("gives the same bytes from any state it saved, on batches and with momentum", () =>
    Effect.gen(function* () {
      const { model, start } = yield* world
      const batched = yield* run(addBatches, { data, model: { ...model, chunk: 5 }, size: 4 })
      for (const replacement of [true, false]) {
        const given = {
          ...{ ...all, start, model: batched, ratio: 0.5, optimizer: { kind: "polyak", momentum: 0.5 } as const },
          samples: { size: 4, seed: 1, replacement, judgeEvery: 5 }
        }
        const kept: Array<unknown> = []
        const whole = yield* run(train, given, kept)
        assert.isBelow(whole.loss, lossesOf(whole)[0]!)
        assert.isAbove(kept.length, 5)
        for (const state of kept) assert.deepStrictEqual(yield* run(train, given, [], [state]), whole)
      }
    })
  )

  it.effect(
    "refuses batches of a model without them (ModelRejected), and momentum that never ends (SettingOutOfRange)",
    () =>
      Effect.gen(function* () {
        const given = { ...all, ...(yield* world), ratio: 0.5 }
        const batches = { size: 4, seed: 1, replacement: true, judgeEvery: 5 }
        const error = yield* Effect.flip(run(train, { ...given, optimizer: plain, samples: batches }))
        assert.propertyVal(error, "_tag", "ModelRejected")
        assert.include(String(error), "Batches need a model of addBatches, of the same size.")
        const endless = { ...given, optimizer: { kind: "polyak", momentum: 1 } as const, samples: "all" as const }
        assert.propertyVal(yield* Effect.flip(run(train, endless)), "_tag", "SettingOutOfRange")
      })
  )
})

describe("measure", () => {
  it.effect("calls a run unstable by the limit of its own optimizer", () =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world) }
      const path = yield* run(descend, { ...given, ratio: 1 })
      const at = (stability: number, stableBelow: number) =>
        Effect.gen(function* () {
          const settings = { data, model: given.model, tolerance: 1e-9 }
          const { sharpness } = yield* run(measure, { ...settings, path })
          const learningRate = stability / sharpness!
          const made = { ...path, outcome: "Converged" as const, learningRate, stableBelow }
          return (yield* run(measure, { ...settings, path: made })).outcome
        })
      assert.strictEqual(yield* at(2.9, 2), "Converged")
      assert.strictEqual(yield* at(3.1, 2), "Unstable")
      assert.strictEqual(yield* at(3.1, 3), "Converged")
    })
  )
})

describe("traceSharpness", () => {
  it.effect.each(["cold", "warm"] as const)("gives the same bytes from any state it saved, in %s searches", (search) =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world) }
      const path = yield* run(descend, { ...given, ratio: 1, snapshotSteps: [0, 3, 9, 20] })
      const settings = { data, model: given.model, path, tolerance: 1e-6, search }
      const kept: Array<unknown> = []
      const whole = yield* run(traceSharpness, settings, kept)
      assert.deepStrictEqual(
        whole.sharpnesses.map(({ step }) => step),
        [0, 3, 9, 20, path.steps]
      )
      assert.strictEqual(kept.length, 5)
      for (const state of kept) assert.deepStrictEqual(yield* run(traceSharpness, settings, [], [state]), whole)
    })
  )

  it.effect("finds the same in warm searches, with fewer products", () =>
    Effect.gen(function* () {
      const wide = yield* run(buildModel, {
        data,
        architecture: { kind: "mlp", widths: [30, 30], activation: "tanh" },
        loss: "mse",
        dtype: "float64"
      })
      const start = yield* run(initialise, { model: wide, seed: 1 })
      const given = { ...all, model: wide, start, ratio: 0.5, maxSteps: 60 }
      const path = yield* run(descend, { ...given, snapshotSteps: [0, 10, 20, 30, 40, 50] })
      const settings = { data, model: wide, path, tolerance: 1e-4 }
      const cold = yield* run(traceSharpness, { ...settings, search: "cold" })
      const warm = yield* run(traceSharpness, { ...settings, search: "warm" })
      assert.deepStrictEqual(warm.sharpnesses[0], cold.sharpnesses[0])
      for (const [i, point] of warm.sharpnesses.entries()) {
        assert.isTrue(point.converged)
        assert.closeTo(point.sharpness / cold.sharpnesses[i]!.sharpness, 1, 1e-4)
      }
      const captionOf = (trace: typeof cold) =>
        Effect.map(run(drawTrainingCurves, { traces: [trace] }), ({ caption }) => caption)
      assert.include(yield* captionOf(warm), "an eigenvalue larger by less than half may have been missed")
      assert.notInclude(yield* captionOf(cold), "larger by less than half")
      const productsOf = ({ sharpnesses }: typeof cold) =>
        sharpnesses.slice(1).reduce((sum, { products }) => sum + products, 0)
      assert.isBelow(productsOf(warm), 0.7 * productsOf(cold))
    })
  )
})

describe("a run on batches", () => {
  it.effect("that converged has a loss at most the threshold, and ends at the tenth judgement on end", () =>
    Effect.gen(function* () {
      const { model, start } = yield* world
      const batched = yield* run(addBatches, { data, model: { ...model, chunk: 5 }, size: 4 })
      const first = yield* run(measure, {
        ...{ data, model, tolerance: 1e-6 },
        path: yield* run(descend, { ...all, model, start, ratio: 0.1, maxSteps: 0 })
      })
      const given = { ...all, start, model: batched, ratio: 0.3, optimizer: plain, maxSteps: 400 }
      const path = yield* run(train, {
        ...given,
        threshold: 0.8 * first.trainLoss!,
        samples: { size: 4, seed: 1, replacement: true, judgeEvery: 5 }
      })
      assert.strictEqual(path.outcome, "Converged")
      assert.strictEqual(path.steps % 5, 0)
      assert.isAtMost(path.loss, 0.8 * first.trainLoss!)
      const judged = lossesOf(path).filter((_, step) => step % 5 === 0)
      assert.isTrue(judged.slice(-10).every((loss) => loss <= 0.8 * first.trainLoss!))
    })
  )
})

describe("the loss of a run", () => {
  it.effect("is that of its weights, where it ends between two judgements", () =>
    Effect.gen(function* () {
      const { model, start } = yield* world
      const batched = yield* run(addBatches, { data, model: { ...model, chunk: 5 }, size: 4 })
      const given = { ...all, start, model: batched, ratio: 0.5, optimizer: plain, maxSteps: 23, threshold: 0 }
      const path = yield* run(train, { ...given, samples: { size: 4, seed: 1, replacement: true, judgeEvery: 5 } })
      assert.strictEqual(path.steps, 23)
      const measured = yield* run(measure, { data, model, path, tolerance: 1e-6 })
      assert.closeTo(path.loss / measured.trainLoss!, 1, 1e-12)
      assert.notStrictEqual(path.loss, lossesOf(path).at(-1))
    })
  )
})

describe("the losses of a trace", () => {
  it.effect("are those that were calculated, where not every step was judged", () =>
    Effect.gen(function* () {
      const { model, start } = yield* world
      const batched = yield* run(addBatches, { data, model: { ...model, chunk: 5 }, size: 4 })
      const given = { ...all, start, model: batched, ratio: 0.5, optimizer: plain }
      const path = yield* run(train, { ...given, samples: { size: 4, seed: 1, replacement: true, judgeEvery: 5 } })
      assert.strictEqual(path.judgeEvery, 5)
      const { losses } = yield* run(traceSharpness, { data, model, path, tolerance: 1e-6, search: "cold" })
      assert.isAbove(losses.length, 3)
      for (const { step, loss } of losses) {
        assert.strictEqual(step % 5, 0)
        assert.strictEqual(loss, lossesOf(path)[step])
      }
    })
  )
})

describe("measures of curvature", () => {
  it.effect("split the sharpest direction into what the loss and what the network bends", () =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world) }
      const path = yield* run(descend, { ...given, ratio: 1 })
      const parts = yield* run(splitCurvature, { data, model: given.model, path, tolerance: 1e-8, maxProducts: 300 })
      assert.isTrue(parts.converged)
      assert.closeTo(parts.alongGaussNewton + parts.alongRest, parts.hessian.value, 1e-10)
      assert.isAtLeast(parts.gaussNewton.value, parts.alongGaussNewton)
      assert.isAtLeast(parts.restHigh.value, parts.alongRest)
      assert.isAbove(parts.alongGaussNewton, 0)
    })
  )

  it.effect("find that nothing is left of a linear model but rounding, in either element type", () =>
    Effect.gen(function* () {
      const classes = {
        ...halves,
        targets: tensor(
          [samples, outputs],
          Float64Array.from({ length: samples * outputs }, (_, i) => (i % outputs === (i >> 2) % outputs ? 1 : 0))
        )
      }
      for (const dtype of ["float64", "float32"] as const) {
        const given = { ...data, train: classes, test: classes }
        const linear = { kind: "mlp", widths: [], activation: "tanh" } as const
        const model = yield* run(buildModel, { data: given, architecture: linear, loss: "crossEntropy", dtype })
        const start = yield* run(initialise, { model, seed: 3 })
        const path = yield* run(descend, { ...all, data: given, model, start, ratio: 1, maxSteps: 5 })
        const parts = yield* run(splitCurvature, { data: given, model, path, tolerance: 1e-3, maxProducts: 60 })
        assert.isTrue(parts.converged, dtype)
        assert.isBelow(Math.abs(parts.restHigh.value), 1e-5 * parts.hessian.value)
      }
    })
  )

  it.effect("leave the density out where it is not wanted", () =>
    Effect.gen(function* () {
      const given = { ...all, ...(yield* world) }
      const path = yield* run(descend, { ...given, ratio: 1 })
      const settings = { tolerance: 1e-6, probes: 2, densityProbes: 0, densitySteps: 1, seed: 1 }
      const found = yield* run(measureCurvature, { data, model: given.model, path, ...settings })
      assert.deepStrictEqual(found.density, [])
    })
  )

  it.effect("know the trace and the spectrum of a linear model", () =>
    Effect.gen(function* () {
      const linear = { kind: "mlp", widths: [], activation: "tanh" } as const
      const model = yield* run(buildModel, { data, architecture: linear, loss: "mse", dtype: "float64" })
      const start = yield* run(initialise, { model, seed: 3 })
      const path = yield* run(descend, { ...all, model, start, ratio: 1 })
      const settings = { tolerance: 1e-8, probes: 400, densityProbes: 2, densitySteps: 18, seed: 1 }
      const found = yield* run(measureCurvature, { data, model, path, ...settings })
      const squares = [...floats(halves.inputs)].reduce((sum, x) => sum + x * x, 0)
      const exact = outputs * (squares / samples + 1) // of ∇²L = I ⊗ (XᵀX + bias) / N
      assert.isBelow(Math.abs(found.trace - exact), 4 * found.traceError!)
      assert.isBelow(found.traceError!, 0.1 * exact)
      assert.isTrue(found.scaledConverged)
      const top = (yield* run(measure, { data, model, path, tolerance: 1e-8 })).sharpness!
      for (const { values, weights } of found.density) {
        assert.closeTo(Math.max(...values), top, 1e-6)
        assert.closeTo(
          weights.reduce((sum, weight) => sum + weight, 0),
          1,
          1e-10
        )
      }
    })
  )
})
