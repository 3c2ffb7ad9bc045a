/**
 * Models whose steps are small enough to be compiled: every kind of them, with drawn data, and their steps opened in either form.
 */
import * as Effect from "effect/Effect"
import { writeLoop } from "../../src/compile/writeLoop.ts"
import type { Architecture, Loss } from "../../src/models/Architecture.ts"
import { type ModelOptions, trainingGraphs } from "../../src/models/trainingGraphs.ts"
import { encodeLoop } from "../../src/onnx/encodeLoop.ts"
import { openObjective } from "../../src/runtime/objective.ts"
import { tensor } from "../../src/tensor/Tensor.ts"
import { drawer } from "./draw.ts"

const one = { train: 7, test: 2, features: 5, outputs: 1 }
const three = { ...one, outputs: 3 }
const ofOne: ReadonlyArray<Loss> = ["mse", "logistic", "exponential", { kind: "mse", weightDecay: 0.1 }]
const ofThree: ReadonlyArray<Loss> = [
  "mse",
  "crossEntropy",
  { kind: "crossEntropy", labelSmoothing: 0.1, weightDecay: 0.1 }
]
const mlp = { kind: "mlp", widths: [6, 3], activation: "tanh" } as const

type Sizes = Pick<ModelOptions, "train" | "test" | "features" | "outputs">

const architectures: ReadonlyArray<readonly [string, Architecture, Sizes, ReadonlyArray<Loss>]> = [
  ["a diagonal network", { kind: "diagonal", scale: 0.1 }, { ...one, train: 20, features: 30 }, ofOne],
  ["a diagonal network of two signs", { kind: "diagonal", scale: 0.1, form: "difference", depth: 3 }, one, ofOne],
  ["a diagonal network of layers", { kind: "diagonal", scale: 0.1, form: "product", depth: 3 }, one, ofOne],
  ["a product of numbers", { kind: "factorization", start: [1, 2, 3] }, { ...one, features: 1 }, ofOne],
  ["a deep linear network", { kind: "deepLinear", widths: [4, 4] }, three, ofThree],
  ["a linear model", { ...mlp, widths: [] }, three, ofThree],
  ["a tanh network", mlp, three, ofThree],
  ["a tanh network of one output", mlp, one, ["mse", "logistic"]],
  ["a relu network of odd sizes", { ...mlp, widths: [9, 17], activation: "relu" }, { ...three, train: 19 }, ofThree],
  ["a network in the ntk parameterization", { ...mlp, parameterization: "ntk" }, three, ["mse"]],
  ["a network in the mup parameterization", { ...mlp, parameterization: "mup" }, three, ["mse"]],
  ...(["softplus", "sigmoid", "silu", "elu", "softsign", "geluTanh"] as const).map(
    (activation) => [`a ${activation} network`, { ...mlp, activation } as Architecture, three, ["mse"]] as const
  )
]

const formatLoss = (loss: Loss): string => (typeof loss === "string" ? loss : `${loss.kind} with terms`)

/** Every kind of tiny model with every loss that it can have. */
export const tinyModels: ReadonlyArray<{ readonly title: string; readonly options: Omit<ModelOptions, "dtype"> }> =
  architectures.flatMap(([title, architecture, sizes, losses]) =>
    losses.map((loss) => ({ title: `${title}, ${formatLoss(loss)}`, options: { architecture, loss, ...sizes } }))
  )

/** Targets of the first class for even samples, of the last for others, and weights away from 0. */
export const drawnFor = ({ train, test, features, outputs }: Sizes, dimension: number) => {
  const draw = drawer(11)
  const targets = (count: number) =>
    Float64Array.from({ length: count * outputs }, (_, i) => {
      const [sample, output] = [Math.floor(i / outputs), i % outputs]
      return output === (sample % 2) * (outputs - 1) ? 1 : outputs === 1 ? -1 : 0
    })
  const samples = (count: number) => ({
    inputs: tensor([count, features], draw.numbers(count * features)),
    targets: tensor([count, outputs], targets(count))
  })
  return { data: { train: samples(train), test: samples(test) }, start: draw.numbers(dimension, 0.1, 0.6) }
}

/** The step of a model as ONNX, and as a module. */
export const stepFiles = (options: ModelOptions) =>
  Effect.promise(async () => {
    const { graphs, parameters } = trainingGraphs(options)
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const loop = { name: "step", state, scan: ["loss"] }
    return { parameters, onnx: await encodeLoop(graphs.step, loop), module: writeLoop(graphs.step, loop) }
  })

/** Weights and losses after so many steps, in either form. */
export const descendBoth = Effect.fnUntraced(function* (options: ModelOptions, learningRate: number, steps: number) {
  const { parameters, onnx, module } = yield* stepFiles(options)
  const dimension = parameters.reduce((sum, { shape }) => sum + shape.reduce((size, axis) => size * axis, 1), 0)
  const { data, start } = drawnFor(options, dimension)
  const from = Effect.fnUntraced(function* (files: Readonly<Record<string, Uint8Array>>) {
    const objective = yield* openObjective(files, parameters, options.dtype, data)
    return yield* objective.descend(start, learningRate, steps)
  })
  return { asOnnx: yield* from({ "step.onnx": onnx }), asModule: yield* from({ "step.wasm": module }) }
})
