/**
 * Fully connected nets against PyTorch: what autograd found for the same nets, kept in `torch/mlp.json`, on every way from
 * a graph to numbers.
 *
 * Where the tolerances come from:
 * - float64, 1e-12. A value is some thousand products, each rounded by at most 1.1e-16 and added in an order that depends
 *   on the processor: 1e-14 from the truth on either side. One constant that went through float32 (6e-8) would show.
 * - float32, 1e-5. A loss is the sum of 2000 squared residuals, each rounded by at most 6e-8: √2000 · 6e-8 = 3e-6. Errors
 *   do not grow from step to step, because the learning rate 0.1 is below 2/S = 0.17. Norms are sums over all weights, in
 *   which such errors average out: 1e-6.
 * - Eigenvalues. A Ritz value is at most its residual from an eigenvalue, and the residual at most the tolerance of
 *   Lanczos' method, so that is the tolerance: 1e-9 of the magnitude in a small net, 1e-8 in a large one (a dimension of
 *   55,000 makes more of it costly), 1e-5 in float32, where products are exact to some 1e-7.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readMnist } from "../../src/data/readMnist.ts"
import { subset } from "../../src/data/subset.ts"
import type { Mlp } from "../../src/models/Architecture.ts"
import { trainingGraphs } from "../../src/models/trainingGraphs.ts"
import { l1, squaredL2 } from "../../src/norms/norms.ts"
import { type Elements, evaluateGraph } from "../../src/ops/evaluate.ts"
import { split } from "../../src/runtime/flat.ts"
import { type Objective, openObjective, type Samples } from "../../src/runtime/objective.ts"
import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../src/runtime/reference.ts"
import { lanczos, requireConverged } from "../../src/spectral/lanczos.ts"
import { type FloatArray, floats } from "../../src/tensor/Tensor.ts"
import {
  assertAgrees,
  entryOf,
  formulaStart,
  formulaVector,
  joined,
  modelOf,
  modelOptions,
  readGolden,
  type TorchNet,
  tinySamples
} from "../support/torch.ts"

const golden = readGolden()
const dtypes = ["float32", "float64"] as const
type DType = (typeof dtypes)[number]

/** Names the eigenvalues, largest first. */
const rank = (i: number): string => `λ${i + 1}`

const opened = (net: TorchNet, dtype: DType, samples: Samples) =>
  Effect.flatMap(modelOf(net, dtype, samples), ({ graphs, parameters }) =>
    openObjective(graphs, parameters, dtype, { train: samples, test: samples })
  )

type Derivatives = Pick<Objective, "gradient" | "linearize">
type Values = Readonly<Record<string, Elements>>

/** The graphs themselves, each node by the reference rule of its op: no ONNX. */
const interpreted = (net: TorchNet, { inputs, targets }: Samples): Derivatives => {
  const { graphs, parameters } = trainingGraphs(modelOptions(net, "float64"))
  const data = { inputs: floats(inputs), targets: floats(targets) }
  const named = (vector: FloatArray, suffix?: string) =>
    Object.fromEntries(Object.entries(split(vector, parameters, suffix)).map(([name, part]) => [name, floats(part)]))
  const flat = (values: Values, suffix: string) =>
    Float64Array.from(parameters.flatMap(({ name }) => [...values[name + suffix]!]))
  const lossAndGradient = (values: Values) => ({ loss: values["loss"]![0]!, gradient: flat(values, ".gradient") })
  return {
    gradient: (theta) =>
      Effect.sync(() => lossAndGradient(evaluateGraph(graphs.gradient, { ...data, ...named(theta) }))),
    linearize: (theta) =>
      Effect.sync(() => {
        const point: Values = evaluateGraph(graphs.linearize, { ...data, ...named(theta) })
        const given = { ...data, ...named(theta), ...point }
        const product = (v: Float64Array): Values =>
          evaluateGraph(graphs.multiply, { ...given, ...named(v, ".direction") })
        return { ...lossAndGradient(point), multiply: (v) => Effect.sync(() => flat(product(v), ".product")) }
      })
  }
}

const ways = [
  {
    way: "the graphs, evaluated by reference",
    open: (net: TorchNet) => Effect.succeed(interpreted(net, tinySamples(net)))
  },
  {
    way: "ONNX models on the reference session",
    open: (net: TorchNet) => opened(net, "float64", tinySamples(net)).pipe(Effect.provide(layerReference))
  },
  {
    way: "ONNX models on onnxruntime",
    open: (net: TorchNet) => opened(net, "float64", tinySamples(net)).pipe(Effect.provide(layerOnnx()))
  }
]
const activations: ReadonlyArray<Mlp["activation"]> = ["tanh", "relu"]

describe.each(ways)("a small net in float64, by $way", ({ open }) => {
  const exactly = { relative: "to the largest", tolerance: 1e-12 } as const

  describe.each(activations)("with %s", (activation) => {
    const net = golden.tiny[activation]
    const start = formulaStart(net)
    const entry = entryOf(net.gradient)

    it.effect("loss and gradient are PyTorch's", () =>
      Effect.gen(function* () {
        const derivatives = yield* open(net)
        for (const { loss, gradient } of [yield* derivatives.gradient(start), yield* derivatives.linearize(start)]) {
          assertAgrees("loss", [loss], [net.loss], exactly)
          assertAgrees("gradient", gradient, joined(net.gradient), { ...exactly, entry })
        }
      })
    )

    it.effect("a Hessian-vector product is PyTorch's", () =>
      Effect.gen(function* () {
        const { multiply } = yield* (yield* open(net)).linearize(start)
        const product = yield* multiply(formulaVector(start.length))
        assertAgrees("product", product, joined(net.hvp), { ...exactly, entry })
      })
    )

    it.effect.each([
      { ends: "the five largest and the smallest", wanted: { largest: 5, smallest: 1 } as const },
      { ends: "all, with every copy of zero,", wanted: { largest: start.length, smallest: 0 } as const }
    ])("of the eigenvalues of the Hessian, $ends are PyTorch's", ({ wanted }) =>
      Effect.gen(function* () {
        const { multiply } = yield* (yield* open(net)).linearize(start)
        const dimension = start.length
        const search = {
          dimension,
          multiply,
          start: formulaVector(dimension),
          wanted,
          tolerance: 1e-9,
          maxProducts: 400
        }
        const { largest, smallest } = yield* Effect.flatMap(lanczos(search), requireConverged)
        const expected = net.hessianEigenvalues
        const agreement = { relative: "to the largest", tolerance: 1e-9 } as const
        const valuesOf = (pairs: typeof largest) => pairs.map(({ value }) => value)
        assertAgrees("eigenvalues", valuesOf(largest), expected.slice(0, wanted.largest), { ...agreement, entry: rank })
        if (wanted.smallest === 1)
          assertAgrees("smallest eigenvalue", valuesOf(smallest), expected.slice(-1), agreement)
      })
    )
  })
})

const net = golden.mnist
const { learningRate, steps } = net // η

/** Where two vectors differ in a bit, or in their element type. */
const firstDifference = (a: FloatArray, b: FloatArray): string | undefined => {
  if (a.constructor !== b.constructor || a.length !== b.length) return `${a.constructor.name}(${a.length})`
  const i = a.findIndex((value, at) => !Object.is(value, b[at]))
  return i < 0 ? undefined : `entry ${i}: ${a[i]} is not ${b[i]}`
}

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

const readSamples = (dtype: DType) =>
  Effect.flatMap(readMnist(), (mnist) => subset(mnist, { train: net.samples, test: 1, scaling: "unit", dtype }))

/** The net on onnxruntime, with all steps made in one run of the Loop. */
class Trained extends Context.Service<
  Trained,
  { readonly objective: Objective; readonly theta: FloatArray; readonly losses: FloatArray }
>()("test/Trained") {}

const layerTrained = (dtype: DType) =>
  Layer.effect(
    Trained,
    Effect.gen(function* () {
      const { train } = yield* readSamples(dtype)
      const objective = yield* opened(net, dtype, train)
      return Trained.of({ objective, ...(yield* objective.descend(formulaStart(net), learningRate, steps)) })
    })
  ).pipe(Layer.provide(layerOnnx()))

describe("the MNIST net", () => {
  it.effect("starts from the images, labels and weights that PyTorch had", () =>
    Effect.gen(function* () {
      const { train } = yield* readSamples("float64")
      const start = formulaStart(net)
      const bytes = Array.from(floats(train.inputs), (value) => Math.round(255 * value))
      const outputs = net.dims.at(-1)!
      const labels = [...floats(train.targets)].flatMap((value, i) => (value === 1 ? [i % outputs] : []))
      assert.strictEqual(sum(bytes), net.imageByteSum, "sum of all bytes")
      assert.deepStrictEqual(labels.slice(0, 10), net.labelsFirst10)
      assert.strictEqual(sum(labels), net.labelSum, "sum of all labels")
      const parts = split(start, trainingGraphs(modelOptions(net, "float64")).parameters)
      for (const [name, first] of Object.entries(net.startFirst3)) {
        assert.deepStrictEqual([...floats(parts[name]!).subarray(0, 3)], first, name)
      }
      const sums = { relative: "to each", tolerance: 1e-12, entry: (i: number) => ["‖θ‖₁", "‖θ‖₂²"][i]! } as const
      assertAgrees("θ at the start", [l1(start), squaredL2(start)], [net.startL1, net.startL2Squared], sums)
    })
  )

  const tolerances = {
    float32: { losses: 1e-5, norms: 1e-6, eigenvalues: 1e-5 },
    float64: { losses: 1e-12, norms: 1e-12, eigenvalues: 1e-8 }
  } as const

  describe.each(dtypes)("in %s", (dtype) => {
    const expected = net[dtype]
    const tolerance = tolerances[dtype]

    layer(layerTrained(dtype))((it) => {
      it.effect("has PyTorch's loss after each of 50 steps, made in one run", () =>
        Effect.gen(function* () {
          const { objective, theta, losses } = yield* Trained
          const { loss } = yield* objective.gradient(theta)
          assertAgrees("losses", [...losses, loss], expected.losses, {
            relative: "to each",
            tolerance: tolerance.losses,
            entry: (i) => `the loss after ${i} steps`
          })
        })
      )

      it.effect.each([{ chunks: [25, 25] }, { chunks: [1, 7, 13, 29] }])(
        "gives the same bits when its steps are made in chunks of $chunks",
        ({ chunks }) =>
          Effect.gen(function* () {
            const { objective, ...whole } = yield* Trained
            let theta: FloatArray = formulaStart(net)
            let losses: ReadonlyArray<number> = []
            for (const chunk of chunks) {
              const made: typeof whole = yield* objective.descend(theta, learningRate, chunk)
              theta = made.theta
              losses = [...losses, ...made.losses]
            }
            assert.deepStrictEqual(losses, [...whole.losses])
            assert.strictEqual(firstDifference(theta, whole.theta), undefined, "θ in chunks, and in one run")
          })
      )

      it.effect("has PyTorch's norms of the first gradient and of the last weights", () =>
        Effect.gen(function* () {
          const { objective, theta } = yield* Trained
          const { gradient } = yield* objective.gradient(formulaStart(net))
          const names = ["‖∇L‖₁ at the start", "‖∇L‖₂ at the start", "‖θ‖₁ at the end", "‖θ‖₂² at the end"]
          assertAgrees(
            "norms",
            [l1(gradient), Math.sqrt(squaredL2(gradient)), l1(theta), squaredL2(theta)],
            [expected.gradientL1, expected.gradientL2, expected.endL1, expected.endL2Squared],
            { relative: "to each", tolerance: tolerance.norms, entry: (i) => names[i]! }
          )
        })
      )

      it.effect.each(["start", "end"] as const)("has PyTorch's three largest Hessian eigenvalues at the %s", (where) =>
        Effect.gen(function* () {
          const { objective, theta } = yield* Trained
          const { dimension, linearize } = objective
          const { multiply } = yield* linearize(where === "start" ? formulaStart(net) : theta)
          const { largest } = yield* lanczos({
            dimension,
            multiply,
            start: formulaVector(dimension),
            wanted: { largest: 3, smallest: 0 },
            tolerance: tolerance.eigenvalues,
            maxProducts: 60, // PyTorch took 37, for a residual of 4e-12
            copies: false
          }).pipe(Effect.flatMap(requireConverged))
          assertAgrees(
            "eigenvalues",
            largest.map(({ value }) => value),
            golden.mnist.hessianTop3[where].values,
            { relative: "to each", tolerance: tolerance.eigenvalues, entry: rank }
          )
        })
      )
    })
  })
})
