/**
 * Steps that follow the values of the first layer are the steps that follow its weights.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Architecture, Loss } from "../../../src/models/Architecture.ts"
import { stepLoop } from "../../../src/models/stepLoop.ts"
import { type ModelOptions, trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { read } from "../../../src/onnx/read.ts"
import { openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { sizeOf } from "../../../src/tensor/Shape.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { distance, drawer } from "../../support/draw.ts"

const sizes = { train: 5, test: 2, features: 4, outputs: 3 }
const mlp = { kind: "mlp", widths: [3, 4], activation: "tanh" } as const
const networks: ReadonlyArray<readonly [string, Architecture, Loss]> = [
  ["a tanh network", mlp, "mse"],
  ["a relu network with cross-entropy", { ...mlp, activation: "relu" }, { kind: "crossEntropy", labelSmoothing: 0.1 }],
  ["a network in the ntk parameterization", { ...mlp, parameterization: "ntk" }, "mse"],
  ["a network in the mup parameterization", { ...mlp, parameterization: "mup" }, "crossEntropy"],
  ["a linear model", { ...mlp, widths: [] }, "logistic"],
  ["a product of matrices", { kind: "deepLinear", widths: [3, 3] }, "mse"]
]

/** Weights and losses after some steps, by the form of the step that is asked for. */
const descended = Effect.fnUntraced(function* (
  form: "direct" | "dual",
  architecture: Architecture,
  loss: Loss,
  steps: number
) {
  const { parameters, graphs, dual } = trainingGraphs({ architecture, loss, dtype: "float64", ...sizes })
  const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
  const bytes = yield* Effect.promise(() =>
    form === "direct"
      ? encodeLoop(graphs.step, { name: "step", state, scan: ["loss"] })
      : encodeLoop(dual!.step, { name: "step", state: dual!.state, scan: ["loss"], around: dual!.around })
  )
  const draw = drawer(5)
  const samples = (count: number) => ({
    inputs: tensor([count, sizes.features], draw.numbers(count * sizes.features)),
    targets: tensor([count, sizes.outputs], draw.numbers(count * sizes.outputs, 0, 1))
  })
  const data = { train: samples(sizes.train), test: samples(sizes.test) }
  const dimension = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const objective = yield* openObjective({ "step.onnx": bytes }, parameters, "float64", data)
  return yield* objective.descend(draw.numbers(dimension, -0.5, 0.5), 0.3, steps)
})

const sessions = [
  ["onnxruntime", layerOnnx()],
  ["reference", layerReference]
] as const

describe.each(sessions)("in a session of %s", (_, layer) => {
  it.effect.each(networks)("the dual steps of %s are its steps", ([, architecture, loss]) =>
    Effect.gen(function* () {
      for (const steps of [0, 1, 6]) {
        const direct = yield* descended("direct", architecture, loss, steps)
        const dual = yield* descended("dual", architecture, loss, steps)
        assert.strictEqual(dual.losses.length, steps)
        for (const key of ["theta", "losses"] as const) {
          const [actual, expected] = [dual[key], direct[key]].map((values) => Float64Array.from(values))
          assert.isBelow(distance(actual!, expected!), 1e-14, `${key} after ${steps} steps`)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("the loop of dual steps", () => {
  const { dual, parameters } = trainingGraphs({ architecture: mlp, loss: "mse", dtype: "float32", ...sizes })
  const text = () =>
    encodeLoop(dual!.step, { name: "step", state: dual!.state, scan: ["loss"], around: dual!.around }).then(read)

  it("is given and gives what the loop of steps does", async () => {
    const lines = (await text()).split("\n").filter((line) => /^ {2}(input|output)/.test(line))
    const named = (kind: string) =>
      lines.flatMap((line) => (line.startsWith(`  ${kind} `) ? [line.split(" ")[3]!] : []))
    const names = parameters.map(({ name }) => name)
    assert.sameMembers(named("input"), ["steps", ...names, "learningRate"])
    assert.sameMembers(named("output"), [...names.map((name) => `${name}.next`), "loss"])
  })

  it("makes inner products of samples once, and has no product with the data in a step", async () => {
    const [outside, body] = (await text()).split("  body(")
    assert.match(outside!, /Gemm\(inputs, inputs, .*transB=1\)/)
    assert.notMatch(body!.split("gives")[0]!, /[(, ]inputs[,)]/)
  })
})

describe("the form of the step", () => {
  const options: ModelOptions = {
    architecture: { kind: "mlp", widths: [64], activation: "tanh" },
    loss: "mse",
    dtype: "float32",
    train: 500,
    test: 1,
    features: 784,
    outputs: 10
  }
  const isDual = (changed: Partial<ModelOptions>): boolean =>
    stepLoop(trainingGraphs({ ...options, ...changed })).options.around !== undefined

  it("is the dual one where there are few samples for the features", () => {
    assert.isTrue(isDual({ train: 700 }))
    assert.isTrue(isDual({ train: 1000 }))
    assert.isFalse(isDual({ train: 1500 }))
    assert.isFalse(isDual({ train: 4000 }))
  })

  it("is the dual one of large networks too, in longer runs, unless those would not repay what they begin and end with", () => {
    const large = { architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" }, features: 3072 } as const
    assert.isTrue(isDual({ ...large, train: 1000 }))
    assert.isTrue(isDual({ ...large, train: 2000 }))
    assert.isTrue(isDual({ ...large, train: 5000 }))
    assert.isFalse(isDual({ ...large, train: 5000, features: 2600 }))
  })

  it("is the plain one of a small network, of one with weight decay, and of one without a first layer", () => {
    assert.isFalse(isDual({ train: 200 }))
    assert.isFalse(isDual({ loss: { kind: "mse", weightDecay: 0.1 } }))
    assert.isFalse(isDual({ architecture: { kind: "diagonal", scale: 1 }, outputs: 1 }))
  })

  it("has as many steps in a run as fit, the fewer the more work a step is", () => {
    const chunks = [100, 500, 1000, 4000].map((train) => stepLoop(trainingGraphs({ ...options, train })).chunk)
    assert.deepStrictEqual(
      chunks,
      chunks.toSorted((a, b) => b - a)
    )
    assert.isAtLeast(chunks.at(-1)!, 1)
  })
})
