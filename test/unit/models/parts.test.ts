/**
 * A model worked on in parts of its samples is the model worked on as a whole.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Architecture, Loss } from "../../../src/models/Architecture.ts"
import { batchOf } from "../../../src/models/batch.ts"
import { InvalidArchitecture } from "../../../src/models/Errors.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { sizeOf } from "../../../src/tensor/Shape.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { distance, drawer } from "../../support/draw.ts"

const image = { channels: 2, height: 4, width: 4 }
const sizes = { train: 12, test: 6, features: 32, outputs: 3 }
const smooth = { kind: "crossEntropy", labelSmoothing: 0.1, weightDecay: 0.2 } as const
const networks: ReadonlyArray<readonly [string, Architecture, Loss]> = [
  ["mlp", { kind: "mlp", widths: [5], activation: "tanh" }, smooth],
  ["mlp, logistic", { kind: "mlp", widths: [4], activation: "gelu" }, "logistic"],
  ["mlp, exponential", { kind: "mlp", widths: [4], activation: "tanh" }, { kind: "exponential", weightDecay: 0.1 }],
  ["cnn", { kind: "cnn", ...image, widths: [3], activation: "relu", pooling: "max" }, "mse"],
  [
    "resnet with ghost batches",
    {
      kind: "resnet",
      ...image,
      widths: [2, 4],
      blocks: [1, 1],
      activation: "tanh",
      norm: { kind: "batch", samples: 3 }
    },
    "crossEntropy"
  ],
  ["vit", { kind: "vit", ...image, patch: 2, dimension: 4, depth: 1, heads: 2, hidden: 6, activation: "gelu" }, "mse"]
]

/** Everything that a model calculates, at one point. */
const everything = Effect.fnUntraced(function* (
  architecture: Architecture,
  loss: Loss,
  batch: { readonly train?: number; readonly test?: number }
) {
  const { parameters, graphs, parts } = trainingGraphs({ architecture, loss, dtype: "float64", ...sizes, batch })
  const { step, ...plain } = graphs
  const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
  const files: Record<string, Uint8Array> = {
    "step.onnx": yield* Effect.promise(() =>
      encodeLoop(step, { name: "step", state, scan: ["loss"], parts: parts.step })
    )
  }
  for (const [name, graph] of Object.entries(plain))
    files[`${name}.onnx`] = yield* Effect.promise(() => encode(graph, parts[name as keyof typeof plain]))
  const draw = drawer(3)
  const samples = (count: number) => ({
    inputs: tensor([count, sizes.features], draw.numbers(count * sizes.features)),
    targets: tensor([count, sizes.outputs], draw.numbers(count * sizes.outputs, 0, 1))
  })
  const data = { train: samples(sizes.train), test: samples(sizes.test) }
  const theta = draw.numbers(
    parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    -0.5,
    0.5
  )
  const objective = yield* openObjective(files, parameters, "float64", data)
  const { gradient, multiply } = yield* objective.linearize(theta)
  const { theta: end, losses } = yield* objective.descend(theta, 0.1, 4)
  return {
    gradient,
    sameGradient: (yield* objective.gradient(theta)).gradient,
    product: yield* multiply(draw.numbers(theta.length)),
    bent: yield* objective.gaussNewton(theta)(draw.numbers(theta.length)),
    end,
    losses,
    evaluated: Float64Array.from(Object.values(yield* objective.evaluate(theta)), Number)
  }
})

const sessions = [
  ["onnxruntime", layerOnnx()],
  ["reference", layerReference]
] as const

describe.each(sessions)("in a session of %s", (_, layer) => {
  it.effect.each(networks)("%s in parts is what it is as a whole", ([, architecture, loss]) =>
    Effect.gen(function* () {
      const whole = yield* everything(architecture, loss, {})
      const sizesOfParts = architecture.kind === "resnet" ? [3, 9] : [3, 5, 7, 11] // of 12 samples: ghost batches have 3
      for (const train of sizesOfParts) {
        const inParts = yield* everything(architecture, loss, {
          train,
          test: train === 3 || architecture.kind === "resnet" ? 3 : 4
        })
        for (const [name, value] of Object.entries(whole)) {
          const other = inParts[name as keyof typeof whole]
          assert.isBelow(distance(Float64Array.from(other), Float64Array.from(value)), 1e-13, `${name}, ${train}`)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("the size of a part", () => {
  const cnn: Architecture = { kind: "cnn", ...image, widths: [3], activation: "relu", pooling: "max" }
  const norm = (samples: number): Architecture => ({
    kind: "resnet",
    ...image,
    widths: [2],
    blocks: [1],
    activation: "relu",
    norm: { kind: "batch", samples }
  })

  it.each([
    ["a divisor that fills blocks", cnn, 4800, 16],
    ["what fills blocks, where it is no divisor", cnn, 5000, 16],
    ["what fills blocks, where nothing is a divisor", cnn, 1009, 16],
    ["all, where there are few", cnn, 12, undefined],
    ["all, where the last part would be a repetition", cnn, 17, undefined],
    ["all, where they are multiplied by matrices", { kind: "mlp", widths: [200], activation: "tanh" }, 5000, undefined],
    ["whole ghost batches", norm(20), 1000, 40],
    ["one ghost batch, where it is large", norm(100), 1000, 100]
  ] as ReadonlyArray<readonly [string, Architecture, number, number | undefined]>)(
    "is %s (%#)",
    (_, architecture, samples, expected) => {
      assert.strictEqual(batchOf(architecture, samples), expected)
    }
  )

  const build = (architecture: Architecture, train: number, batch: number) => () =>
    trainingGraphs({ architecture, loss: "mse", dtype: "float32", ...sizes, train, batch: { train: batch } })

  it("must be a number of samples", () => {
    assert.throws(build(cnn, 12, 2.5), InvalidArchitecture)
    assert.throws(build(cnn, 12, 20), "samples worked on at once is 20, expected at most their number, 12")
    assert.throws(build(cnn, 12, 0), "samples worked on at once is 0, expected a whole number of at least 1")
  })

  it("and the number of all must be of whole ghost batches", () => {
    assert.throws(build(norm(3), 13, 6), InvalidArchitecture)
    assert.throws(build(norm(3), 13, 6), "the number of training samples is 13, expected a multiple of norm.samples, 3")
    assert.throws(build(norm(3), 12, 5), "the number of samples is 5, expected a multiple of norm.samples, 3")
  })
})
