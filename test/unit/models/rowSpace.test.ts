/**
 * Products in the row space of the data have the eigenvalues of the Hessian, but for zeros.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Architecture, Loss } from "../../../src/models/Architecture.ts"
import { cheaperForm } from "../../../src/models/rowSpace.ts"
import { type ModelOptions, trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { type Objective, type Operator, openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { sharpness } from "../../../src/spectral/sharpness.ts"
import { symmetricEigen } from "../../../src/spectral/symmetricEigen.ts"
import type { FloatDType } from "../../../src/tensor/DType.ts"
import { sizeOf } from "../../../src/tensor/Shape.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { distance, drawer } from "../../support/draw.ts"

const mlp = { kind: "mlp", widths: [3, 4], activation: "tanh" } as const
const networks: ReadonlyArray<readonly [string, Architecture, Loss]> = [
  ["a tanh network", mlp, "mse"],
  ["a gelu network with cross-entropy", { ...mlp, activation: "gelu" }, "crossEntropy"],
  ["a network in the ntk parameterization", { ...mlp, parameterization: "ntk" }, "mse"],
  ["a linear model", { ...mlp, widths: [] }, "mse"],
  ["a product of matrices", { kind: "deepLinear", widths: [3, 3] }, "mse"]
]

/** A model with both forms on random data, of which the last two samples may be the same. */
const opened = Effect.fnUntraced(function* (
  architecture: Architecture,
  loss: Loss,
  dtype: FloatDType,
  sizes: { readonly train: number; readonly features: number; readonly same: boolean }
) {
  const { train, features, same } = sizes
  const outputs = 3
  const model = trainingGraphs({ architecture, loss, dtype, train, test: 1, features, outputs })
  const { graphs, rowSpace, parameters } = model
  const bytes = yield* Effect.promise(async () => ({
    "linearize.onnx": await encode(graphs.linearize),
    "multiply.onnx": await encode(graphs.multiply),
    "rowGram.onnx": await encode(rowSpace!.gram),
    "rowLinearize.onnx": await encode(rowSpace!.linearize),
    "rowMultiply.onnx": await encode(rowSpace!.multiply)
  }))
  const draw = drawer(7)
  const inputs = draw.numbers(train * features)
  if (same) inputs.copyWithin((train - 1) * features, (train - 2) * features, (train - 1) * features)
  const samples = {
    inputs: tensor([train, features], inputs),
    targets: tensor([train, outputs], draw.numbers(train * outputs, 0, 1))
  }
  const objective = yield* openObjective(bytes, parameters, dtype, { train: samples, test: samples })
  const dimension = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return { objective, theta: draw.numbers(dimension, -0.5, 0.5) }
})

const rowsOf = ({ dimension, multiply }: Pick<Operator, "dimension" | "multiply">) =>
  Effect.forEach(
    Array.from({ length: dimension }, (_, i) => Float64Array.from({ length: dimension }, (__, j) => (i === j ? 1 : 0))),
    multiply
  )

const bothSpectra = Effect.fnUntraced(function* (objective: Objective, theta: Float64Array) {
  const operator = yield* objective.operator(theta)
  const { multiply } = yield* objective.linearize(theta)
  const rows = yield* rowsOf(operator)
  const own = symmetricEigen(rows).values
  const whole = symmetricEigen(yield* rowsOf({ dimension: objective.dimension, multiply })).values
  assert.strictEqual(operator.zeros, objective.dimension - operator.dimension)
  const padded = [...own, ...new Float64Array(operator.zeros)].sort((a, b) => a - b)
  return { rows, padded: Float64Array.from(padded), whole: Float64Array.from(whole).sort() }
})

describe("the size of the row space", () => {
  const chosen = (train: number, widths: ReadonlyArray<number>) => {
    const architecture = { kind: "mlp", widths, activation: "tanh" } as const
    const sizes = { train, test: 1, features: 784, outputs: 10 }
    const { rowSpace, graphs } = trainingGraphs({ architecture, loss: "mse", dtype: "float32", ...sizes })
    return cheaperForm(rowSpace, graphs.multiply)
  }

  it("decides: it is not chosen where it is larger than the whole", () => {
    assert.isDefined(chosen(700, [200]))
    for (const samples of [786, 823, 900, 941]) {
      assert.isUndefined(chosen(samples, [200]))
      assert.isUndefined(chosen(samples, [1000, 50]))
    }
  })
})

const sessions = [
  ["onnxruntime", layerOnnx()],
  ["reference", layerReference]
] as const

describe.each(sessions)("in a session of %s", (_, layer) => {
  it.effect.each(networks)("the row space of %s has all eigenvalues but zeros", ([, architecture, loss]) =>
    Effect.gen(function* () {
      for (const same of [false, true]) {
        const { objective, theta } = yield* opened(architecture, loss, "float64", { train: 5, features: 9, same })
        const { rows, padded, whole } = yield* bothSpectra(objective, theta)
        assert.isBelow(distance(padded, whole), 1e-12)
        for (const [i, row] of rows.entries())
          for (const [j, value] of row.entries()) assert.closeTo(value, rows[j]![i]!, 1e-12)
      }
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
})

describe("products in the row space", () => {
  it.effect("are cut into blocks where there are many samples, with the same eigenvalues", () =>
    Effect.gen(function* () {
      const linear = { ...mlp, widths: [1] } as const
      const { objective, theta } = yield* opened(linear, "mse", "float64", { train: 300, features: 310, same: true })
      const { multiply } = yield* objective.linearize(theta)
      const inRows = yield* sharpness({ ...(yield* objective.operator(theta)), tolerance: 1e-10, low: true })
      const inWhole = yield* sharpness({ dimension: objective.dimension, multiply, tolerance: 1e-10, low: true })
      assert.closeTo(inRows.high.value / inWhole.high.value, 1, 1e-9)
      assert.closeTo(inRows.low!.value, inWhole.low!.value, 1e-9 * inWhole.high.value)
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )

  it.effect("agree to rounding in float32", () =>
    Effect.gen(function* () {
      const { objective, theta } = yield* opened(mlp, "mse", "float32", { train: 20, features: 50, same: true })
      const { padded, whole } = yield* bothSpectra(objective, theta)
      assert.isBelow(distance(padded, whole), 1e-5)
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )
})

describe("the form for eigenvalues", () => {
  const options: ModelOptions = {
    architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" },
    loss: "mse",
    dtype: "float32",
    train: 1000,
    test: 1,
    features: 3072,
    outputs: 10
  }
  const isRowSpace = (changed: Partial<ModelOptions>): boolean => {
    const { rowSpace, graphs } = trainingGraphs({ ...options, ...changed })
    return cheaperForm(rowSpace, graphs.multiply) !== undefined
  }

  it("is that of the row space where there are few samples for the features", () => {
    assert.isTrue(isRowSpace({}))
    assert.isTrue(isRowSpace({ train: 2000 }))
    assert.isFalse(isRowSpace({ train: 3000 }))
    assert.isFalse(isRowSpace({ features: 784 }))
  })

  it("is the whole of a small network, and of one with weight decay", () => {
    assert.isFalse(isRowSpace({ train: 20 }))
    assert.isFalse(isRowSpace({ loss: { kind: "mse", weightDecay: 0.1 } }))
  })
})
