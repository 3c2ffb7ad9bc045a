/**
 * Stochastic descent on the engine: gradients of batches, and runs that are driven by them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Architecture, Loss } from "../../../src/models/Architecture.ts"
import { InvalidArchitecture } from "../../../src/models/Errors.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { sizeOf } from "../../../src/tensor/Shape.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { batches } from "../../../src/train/batches.ts"
import { stochastic } from "../../../src/train/batchGradient.ts"
import { descendBy } from "../../../src/train/descendBy.ts"
import { gradientDescent } from "../../../src/train/gradientDescent.ts"
import { polyak, startingPoint } from "../../../src/train/Optimizer.ts"
import { distance, drawer } from "../../support/draw.ts"

const sizes = { train: 8, test: 2, features: 8, outputs: 3 }
const image = { channels: 2, height: 2, width: 2 }
const networks: ReadonlyArray<readonly [string, Architecture, Loss]> = [
  ["an mlp", { kind: "mlp", widths: [5], activation: "tanh" }, "mse"],
  [
    "an mlp with weight decay",
    { kind: "mlp", widths: [5], activation: "tanh" },
    { kind: "crossEntropy", weightDecay: 0.1 }
  ],
  ["a cnn", { kind: "cnn", ...image, widths: [3], activation: "tanh", pooling: "average" }, "crossEntropy"]
]

const opened = Effect.fnUntraced(function* (architecture: Architecture, loss: Loss, size: number) {
  const { parameters, graphs, batchGradient } = trainingGraphs({
    architecture,
    loss,
    dtype: "float64",
    ...sizes,
    stochastic: size
  })
  const files = yield* Effect.promise(async () => ({
    "gradient.onnx": await encode(graphs.gradient),
    "batchGradient.onnx": await encode(batchGradient!)
  }))
  const draw = drawer(11)
  const samples = (count: number) => ({
    inputs: tensor([count, sizes.features], draw.numbers(count * sizes.features)),
    targets: tensor([count, sizes.outputs], draw.numbers(count * sizes.outputs, 0, 1))
  })
  const data = { train: samples(sizes.train), test: samples(sizes.test) }
  const dimension = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const objective = yield* openObjective(files, parameters, "float64", data)
  return { objective, theta: draw.numbers(dimension, -0.5, 0.5) }
})

const sessions = [
  ["onnxruntime", layerOnnx()],
  ["reference", layerReference]
] as const

describe.each(sessions)("in a session of %s", (_, layer) => {
  it.effect.each(networks)("the gradient of all samples of %s in another order is the gradient", ([, network, loss]) =>
    Effect.gen(function* () {
      const { objective, theta } = yield* opened(network, loss, sizes.train)
      const whole = yield* objective.gradient(theta)
      const some = yield* objective.batchGradient(theta, Int32Array.of(7, 2, 0, 1, 6, 5, 3, 4))
      assert.isBelow(Math.abs(some.loss - whole.loss), 1e-14)
      assert.isBelow(distance(Float64Array.from(some.gradient), Float64Array.from(whole.gradient)), 1e-14)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )

  it.effect.each(networks)("the mean over the batches of an epoch of %s is the gradient", ([, network, loss]) =>
    Effect.gen(function* () {
      const { objective, theta } = yield* opened(network, loss, 2)
      const whole = yield* objective.gradient(theta)
      const { at, perEpoch } = batches({ samples: sizes.train, size: 2, seed: 0, replacement: false })
      const mean = new Float64Array(theta.length)
      for (let step = 0; step < perEpoch; step++) {
        const { gradient } = yield* objective.batchGradient(theta, at(step))
        gradient.forEach((value, i) => {
          mean[i]! += value / perEpoch
        })
      }
      assert.isBelow(distance(mean, Float64Array.from(whole.gradient)), 1e-14)
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("a run on batches", () => {
  const [, architecture, loss] = networks[0]!

  it.effect("lowers the loss, with momentum, and goes on after a stop to the same bits", () =>
    Effect.gen(function* () {
      const { objective, theta } = yield* opened(architecture, loss, 2)
      const optimizer = polyak({ momentum: 0.9 })
      const options = {
        descend: descendBy({
          gradient: stochastic(
            objective.batchGradient,
            batches({ samples: sizes.train, size: 2, seed: 3, replacement: true })
          ),
          optimizer,
          judge: { loss: (w) => Effect.map(objective.gradient(w), (there) => there.loss), every: 10 }
        }),
        start: startingPoint(optimizer, theta),
        dimension: theta.length,
        learningRate: 0.02,
        threshold: 0,
        chunk: 10
      } satisfies Omit<Parameters<typeof gradientDescent>[0], "maxSteps">
      const whole = yield* gradientDescent({ ...options, maxSteps: 60 })
      const half = yield* gradientDescent({ ...options, maxSteps: 30 })
      const resumed = yield* gradientDescent({ ...options, maxSteps: 60, resume: [half.state] })
      assert.isBelow(whole.loss, 0.5 * whole.losses[0]!)
      assert.deepStrictEqual(resumed.theta, whole.theta)
      assert.deepStrictEqual(resumed.losses, whole.losses)
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )

  it.effect("refuses batches of another size than the model's, and says which it has", () =>
    Effect.gen(function* () {
      const { objective, theta } = yield* opened(architecture, loss, 2)
      const error = yield* Effect.flip(objective.batchGradient(theta, Int32Array.of(0, 1, 2)))
      assert.include(error.message, `"batch.inputs" is float64 [3, 8], expected float64 [2, 8]`)
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )

  it("needs a batch of at least one sample", () => {
    const make = () => trainingGraphs({ architecture, loss, dtype: "float64", ...sizes, stochastic: 0 })
    assert.throws(make, InvalidArchitecture)
    assert.throws(make, "mlp: the number of samples of a stochastic step is 0")
  })
})
