/**
 * Gradient descent and Hessian-vector products of a fully connected network 3072-200-200-10 (tanh, squared loss, the whole of N
 * samples in every step, float32, one thread): against the products of matrices that they cannot do without, and against PyTorch.
 *
 * brink's steps are timed as `descend` makes them, products as `linearize` makes them, with what copying there is.
 */
import * as Effect from "effect/Effect"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { fromSeed, normal, split, uniform } from "../src/random/Prng.ts"
import { joinInto, zeros } from "../src/runtime/flat.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { Session } from "../src/runtime/Session.ts"
import { type Tensors, tensor } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import {
  type Benchmark,
  type Figure,
  interleave,
  type Print,
  ratioOf,
  type Times,
  timed,
  timesLine
} from "./figures.ts"
import { type GemmSizes, gemmGraph, gemmWeights } from "./gemms.ts"
import { openModel } from "./open.ts"
import { openTorch, type Torch, torchIsAbsent } from "./torch.ts"

interface Setting {
  readonly samples: number // N
  /** Steps in one run of the loop: about half a second. */
  readonly steps: number
  readonly rounds: number
}

const settings: ReadonlyArray<Setting> = [
  { samples: 5000, steps: 5, rounds: 11 },
  { samples: 1000, steps: 25, rounds: 15 }
]

const features = 3072
const widths = [200, 200]
const outputs = 10
const learningRate = 0.01 // η

/** Seeded noise of the shape of standardised images, and random classes. */
const draw = (samples: number) => {
  const root = fromSeed("bench/mlp")
  const inputs = Float32Array.from(uniform(split(root, "inputs"), samples * features, -1.7, 1.7))
  const targets = new Float32Array(samples * outputs)
  uniform(split(root, "classes"), samples, 0, outputs).forEach((value, n) => {
    targets[n * outputs + Math.floor(value)] = 1
  })
  return { inputs: tensor([samples, features], inputs), targets: tensor([samples, outputs], targets) }
}

/** Only the products: once per run, and repeated in a Loop. Weights are so small that they hardly change. */
const openGemms = Effect.fnUntraced(function* (sizes: GemmSizes, data: Tensors) {
  const session = yield* Session
  const graph = gemmGraph(sizes)
  const names = gemmWeights(sizes)
  const state = Object.fromEntries(names.map((name) => [`${name}.next`, name]))
  const plain = yield* Effect.flatMap(
    Effect.promise(() => encode(graph)),
    (bytes) => session.open(bytes, data)
  )
  const loop = yield* Effect.flatMap(
    Effect.promise(() => encodeLoop(graph, { name: "gemms", state, scan: [] })),
    (bytes) => session.open(bytes, data)
  )
  const root = fromSeed("bench/gemms")
  const weights = Object.fromEntries(
    graph.inputs.map((input, i) => {
      const size = input.shape.reduce((product, extent) => product * extent, 1)
      const small = normal(split(root, names[i]!), size).map((value) => 1e-3 * value)
      return [names[i]!, tensor(input.shape, Float32Array.from(small))]
    })
  )
  return {
    once: plain.run(weights),
    repeated: (steps: number) => loop.run({ ...weights, steps: tensor([], BigInt64Array.of(BigInt(steps))) })
  }
})

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** Both sides must have calculated the same. */
const agree = (what: string, ours: number, theirs: number): number => {
  const difference = Math.abs(ours / theirs - 1)
  if (difference < 1e-4) return difference
  throw new Error(`${what}: brink has ${ours}, PyTorch ${theirs}`)
}

const measure = ({ samples, steps, rounds }: Setting, print: Print) =>
  Effect.gen(function* () {
    const train = draw(samples)
    const test = draw(10)
    const { parameters, graphs, objective } = yield* openModel(
      {
        architecture: { kind: "mlp", widths, activation: "tanh" },
        loss: "mse",
        dtype: "float32",
        train: samples,
        test: 10,
        features,
        outputs
      },
      { train, test }
    )
    const { dimension } = objective
    const start = joinInto(zeros(dimension, "float32"), initialize(parameters, 0, "float32"), parameters)
    const direction = normal(fromSeed("bench/direction"), dimension).map(Math.fround)
    const gemms = yield* openGemms({ samples, features, widths, outputs }, { ...train })
    const session = yield* Session
    const direct = yield* Effect.flatMap(
      Effect.promise(() => encode(graphs.step)),
      (bytes) => session.open(bytes, { ...train })
    )
    const weights = initialize(parameters, 0, "float32")
    const step = direct.run({ ...weights, learningRate: tensor([], Float32Array.of(learningRate)) })
    const { multiply } = yield* objective.linearize(start)
    let theta = start
    let loss = 0
    const descend = Effect.map(
      Effect.suspend(() => objective.descend(theta, learningRate, steps)),
      (made) => {
        theta = made.theta
        loss = made.losses[steps - 1]!
      }
    )
    const ours = {
      step: timed(descend, steps),
      products: timed(gemms.repeated(steps), steps),
      stepAlone: timed(step),
      productsAlone: timed(gemms.once),
      hvp: timed(multiply(direction))
    }
    const arrays = {
      inputs: train.inputs.data as Float32Array,
      targets: train.targets.data as Float32Array,
      weights: start as Float32Array,
      direction: Float32Array.from(direction)
    }
    const torch = openTorch("mlp.py", { sizes: [features, ...widths, outputs], learningRate }, arrays)
    const sizes = `N = ${samples}, ${features}-${widths.join("-")}-${outputs}`
    print(`\n${sizes}, ${steps} steps a run, ${rounds} rounds; ${torch?.version ?? torchIsAbsent}`)
    if (torch === undefined) {
      const times = yield* interleave(ours, rounds)
      for (const [name, values] of Object.entries(times)) print(timesLine(name, values))
      return [...own(times, samples), ...missing(samples)]
    }
    const asked = (command: string, count: number) => Effect.promise(() => torch.ask(command, count))
    const theirs = { torchStep: asked("step", steps), torchHvp: asked("hvp", 1), torchKept: asked("kept", 1) }
    const times = yield* interleave({ ...ours, ...theirs }, rounds)
    const off = yield* agreement(torch, loss, steps, dot(direction, yield* multiply(direction)))
    torch.close()
    for (const [name, values] of Object.entries(times)) print(timesLine(name, values))
    print(`  largest relative difference from PyTorch, of loss and ⟨v, H v⟩: ${off.toExponential(1)}`)
    return [
      ...own(times, samples),
      ratioOf(times, ["step", "torchStep"], { name: `mlp step / PyTorch, N = ${samples}`, target: 0.9 }),
      ratioOf(times, ["hvp", "torchHvp"], { name: `mlp hvp / PyTorch double backward, N = ${samples}`, target: 0.5 }),
      ratioOf(times, ["hvp", "torchKept"], { name: `mlp hvp / PyTorch kept graph, N = ${samples}`, target: 1 })
    ]
  }).pipe(Effect.scoped)

/** After equally many steps the losses, and at the start the curvature along v. */
const agreement = (torch: Torch, loss: number, steps: number, curvature: number) =>
  Effect.promise(async () => {
    const { value } = await torch.ask("hvp", 1)
    const last = await torch.ask("last", 1)
    return Math.max(agree("vᵀHv", curvature, value), agree(`the loss after ${steps} steps a round`, loss, last.value))
  })

type OwnTask = "step" | "products" | "stepAlone" | "productsAlone" | "hvp"

const own = (times: Times<OwnTask>, samples: number): ReadonlyArray<Figure> => [
  ratioOf(times, ["step", "products"], { name: `mlp step / its products, in a Loop, N = ${samples}`, target: 1.02 }),
  ratioOf(times, ["stepAlone", "productsAlone"], { name: `mlp step / its products, N = ${samples}`, target: 1.06 }),
  ratioOf(times, ["hvp", "step"], { name: `mlp hvp / step, N = ${samples}`, target: 1.15 })
]

const missing = (samples: number): ReadonlyArray<Figure> =>
  [
    { name: `mlp step / PyTorch, N = ${samples}`, target: 0.9 },
    { name: `mlp hvp / PyTorch double backward, N = ${samples}`, target: 0.5 }
  ].map((figure) => ({ ...figure, ratio: null, better: "lower", raw: {} }))

export const mlp: Benchmark = (print) =>
  Effect.runPromise(
    Effect.map(
      Effect.forEach(settings, (setting) => measure(setting, print)),
      (figures) => figures.flat()
    ).pipe(Effect.provide(layerOnnx({ threads: 1 })))
  )
