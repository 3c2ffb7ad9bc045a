import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chosenGraphs } from "../../../src/models/chosenGraphs.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { Session } from "../../../src/runtime/Session.ts"
import type { FloatDType } from "../../../src/tensor/DType.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { modelFiles } from "../../../stages/buildModel.ts"
import { distance, drawer } from "../../support/draw.ts"
import { smallModel, smallSizes, type Values } from "../../support/models.ts"

const architecture = { kind: "mlp", widths: [4, 3], activation: "tanh" } as const
const model = smallModel(architecture, 5)
const { train, test, features, outputs } = smallSizes

const samples = (values: Values, count: number) => ({
  inputs: tensor([count, features], values["inputs"]!),
  targets: tensor([count, outputs], values["targets"]!)
})
const data = { train: samples(model.train, train), test: samples(model.test, test) }

/** The graphs of the small model as bytes, in a dtype. */
const encoded = (dtype: FloatDType) =>
  Effect.promise(async () => {
    const { graphs, parameters } = trainingGraphs({ architecture, loss: "mse", dtype, ...smallSizes })
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const step = await encodeLoop(graphs.step, { name: "step", state, scan: ["loss"] })
    const { gradient, evaluateTrain, evaluateTest, linearize, multiply } = graphs
    const others = Object.entries({ gradient, evaluateTrain, evaluateTest, linearize, multiply })
    const bytes = await Promise.all(others.map(async ([name, graph]) => [`${name}.onnx`, await encode(graph)] as const))
    return { "step.onnx": step, ...Object.fromEntries(bytes) } as Readonly<Record<string, Uint8Array>>
  })

const opened = (dtype: FloatDType) =>
  Effect.flatMap(encoded(dtype), (graphs) => openObjective(graphs, model.parameters, dtype, data))

const layers = [
  { name: "onnxruntime", layer: layerOnnx() },
  { name: "reference", layer: layerReference }
]
const f64 = (vector: ArrayLike<number>) => Float64Array.from(vector)

describe.each(layers)("an objective on $name", ({ layer }) => {
  it.effect("its gradient and loss are those of the graphs", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float64")
      const { loss, gradient } = yield* objective.gradient(model.weights)
      assert.isBelow(distance(f64(gradient), model.gradient(model.weights)), 1e-13)
      assert.approximately(loss, model.run("gradient", model.named(model.weights))["loss"]![0]!, 1e-13)
      assert.strictEqual(objective.dimension, model.weights.length)
    }).pipe(Effect.provide(layer))
  )

  it.effect("descent goes against the gradient, and tells the loss before every step", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float64")
      const { theta, losses } = yield* objective.descend(model.weights, 0.3, 3)
      let expected = model.weights
      for (const loss of losses) {
        assert.approximately(loss, (yield* objective.gradient(expected)).loss, 1e-13)
        const gradient = model.gradient(expected)
        expected = expected.map((w, i) => w - 0.3 * gradient[i]!)
      }
      assert.strictEqual(losses.length, 3)
      assert.isBelow(distance(f64(theta), expected), 1e-13)
    }).pipe(Effect.provide(layer))
  )

  it.effect("loss and accuracy are measured on both sets of samples", () =>
    Effect.gen(function* () {
      const measured = yield* (yield* opened("float64")).evaluate(model.weights)
      const meant = (graph: "evaluateTrain" | "evaluateTest", name: string): number =>
        model.run(graph, model.named(model.weights))[name]![0]!
      assert.approximately(measured.trainLoss, meant("evaluateTrain", "loss"), 1e-13)
      assert.approximately(measured.testLoss, meant("evaluateTest", "loss"), 1e-13)
      assert.approximately(measured.trainAccuracy!, meant("evaluateTrain", "accuracy"), 1e-13)
      assert.approximately(measured.testAccuracy!, meant("evaluateTest", "accuracy"), 1e-13)
    }).pipe(Effect.provide(layer))
  )

  it.effect.each([
    { dtype: "float32", batch: {} },
    { dtype: "float64", batch: {} },
    { dtype: "float32", batch: { train: 6, test: 7 } },
    { dtype: "float64", batch: { train: 6, test: 7 } }
  ] as const)("accuracy is a count over a count, to the bit: $dtype, in parts $batch", ({ dtype, batch }) =>
    Effect.gen(function* () {
      const sizes = { train: 126, test: 77, features: 3, outputs: 4 }
      const built = trainingGraphs({ architecture, loss: "mse", dtype, ...sizes, batch })
      const graphs = yield* Effect.promise(() => modelFiles(chosenGraphs(built)))
      const draw = drawer(29)
      const drawn = (count: number) => ({
        inputs: tensor([count, 3], draw.numbers(3 * count)),
        targets: tensor([count, 4], draw.numbers(4 * count))
      })
      const many = { train: drawn(sizes.train), test: drawn(sizes.test) }
      const { dimension, evaluate } = yield* openObjective(graphs, built.parameters, dtype, many)
      const { trainAccuracy, testAccuracy } = yield* evaluate(draw.numbers(dimension))
      assert.deepStrictEqual([trainAccuracy, testAccuracy], [30 / 126, 21 / 77])
    }).pipe(Effect.provide(layer))
  )

  it.effect("Hessian-vector products are those of the graphs, also after θ was changed by its owner", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float64")
      const theta = model.weights.slice()
      const { gradient, multiply } = yield* objective.linearize(theta)
      theta.fill(0)
      assert.isBelow(distance(f64(gradient), model.gradient(model.weights)), 1e-13)
      const product = yield* multiply(model.direction)
      assert.isBelow(distance(f64(product), model.product(model.weights, model.direction)), 1e-13)
    }).pipe(Effect.provide(layer))
  )

  it.effect("in float32, vectors are rounded on the way in, and products are as they were calculated", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float32")
      const { theta } = yield* objective.descend(model.weights, 0.3, 1)
      const { multiply } = yield* objective.linearize(theta)
      const product = yield* multiply(model.direction)
      assert.instanceOf(theta, Float32Array)
      assert.instanceOf(product, Float32Array)
      assert.isBelow(distance(f64(product), model.product(f64(theta), model.direction)), 1e-5)
    }).pipe(Effect.provide(layer))
  )

  it.effect("a vector of another length is refused, with both lengths", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float64")
      const short = model.weights.subarray(1)
      const error = yield* Effect.flip(objective.gradient(short))
      const lengths = { expected: `[${short.length + 1}]`, actual: `[${short.length}]` }
      assert.deepInclude(error, { _tag: "InputMismatch", input: "θ", ...lengths })
      const { multiply } = yield* objective.linearize(model.weights)
      assert.deepInclude(yield* Effect.flip(multiply(short)), { _tag: "InputMismatch", input: "v", ...lengths })
    }).pipe(Effect.provide(layer))
  )
})

describe("an objective", () => {
  it.effect("descent in float32 cut in two is the whole descent, bit for bit", () =>
    Effect.gen(function* () {
      const objective = yield* opened("float32")
      const whole = yield* objective.descend(model.weights, 0.3, 9)
      const first = yield* objective.descend(model.weights, 0.3, 4)
      const second = yield* objective.descend(first.theta, 0.3, 5)
      assert.deepStrictEqual(second.theta, whole.theta)
      assert.deepStrictEqual([...first.losses, ...second.losses], [...whole.losses])
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("a graph is opened when it is first needed, once, and its data is in the graph's dtype", () =>
    Effect.gen(function* () {
      const opens: Array<string> = []
      const { open } = yield* Session
      const counting = Layer.succeed(Session)({
        open: (bytes, given) => {
          opens.push(...Object.values(given).map((value) => value.dtype))
          return open(bytes, given)
        }
      })
      yield* Effect.gen(function* () {
        const objective = yield* opened("float32")
        assert.deepStrictEqual(opens, [])
        yield* objective.gradient(model.weights)
        yield* objective.gradient(model.weights)
        assert.deepStrictEqual(opens, ["float32", "float32"]) // inputs and targets
      }).pipe(Effect.provide(counting))
    }).pipe(Effect.provide(layerReference))
  )

  it.effect("a model without a graph that is needed is refused, with the graphs it has", () =>
    Effect.gen(function* () {
      const graphs = yield* encoded("float64")
      const objective = yield* openObjective(
        { "gradient.onnx": graphs["gradient.onnx"]! },
        model.parameters,
        "float64",
        data
      )
      yield* objective.gradient(model.weights)
      const error = yield* Effect.flip(objective.descend(model.weights, 0.1, 1))
      assert.deepInclude(error, { _tag: "ModelRejected", model: "step" })
      assert.include(error.message, "not among gradient.onnx")
    }).pipe(Effect.provide(layerReference))
  )
})
