/**
 * Gradient descent and Hessian-vector products of a fully connected network 3072-200-200-10 (tanh, squared loss, the whole of N
 * samples in every step, float32, one thread): against the products of matrices that they cannot do without, and against PyTorch.
 *
 * brink's steps are timed as `descend` makes them, products as `linearize` makes them, with what copying there is.
 */
import * as Effect from "effect/Effect"
import type { ModelOptions } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { fromSeed, normal, split } from "../src/random/Prng.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { Session } from "../src/runtime/Session.ts"
import { type Tensors, tensor } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import { agree, dot } from "./agree.ts"
import {
  type Benchmark,
  type Figure,
  interleave,
  type Print,
  ratioOf,
  type Time,
  type Times,
  timed,
  timesLine
} from "./figures.ts"
import { type GemmSizes, gemmGraph, gemmWeights } from "./gemms.ts"
import { openModel } from "./open.ts"
import { drawSamples } from "./samples.ts"
import { openTorch, type Torch, torchIsAbsent } from "./torch.ts"

interface Setting {
  readonly samples: number // N
  /** Steps in one run of a loop, where not the model says how many: about half a second. */
  readonly steps: number
  /** Products with the Hessian one after the other, as Lanczos' method makes them. */
  readonly products: number
  readonly rounds: number
  readonly targets: {
    /** What the step, in the form that the model chooses, may take of PyTorch's. */
    readonly step: number
    /** What the dual form of the step may take of the direct one, where it is chosen. */
    readonly dual?: number
    /** What a product in the row space of the data may take of one in the whole space, and of PyTorch's, where it is chosen. */
    readonly rows?: { readonly whole: number; readonly torch: number }
  }
}

const settings: ReadonlyArray<Setting> = [
  { samples: 5000, steps: 5, products: 4, rounds: 11, targets: { step: 0.77 } },
  {
    samples: 2000,
    steps: 12,
    products: 10,
    rounds: 11,
    targets: { step: 0.45, dual: 0.45, rows: { whole: 0.7, torch: 0.35 } }
  },
  {
    samples: 1000,
    steps: 25,
    products: 30,
    rounds: 15,
    targets: { step: 0.286, dual: 0.3, rows: { whole: 0.45, torch: 0.222 } }
  }
]

const features = 3072
const widths = [200, 200]
const outputs = 10
const learningRate = 0.01 // η
/** Rounds of a step and of its products alone: they differ by less than two rounds of the same one do. */
const pairs = 41

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

/** The model, its loop in the form that is chosen for it; and the direct form, in a loop and once per run. */
const openNetwork = Effect.fnUntraced(function* (samples: number) {
  const data = {
    train: drawSamples("bench/mlp", samples, features, outputs),
    test: drawSamples("bench/mlp", 10, features, outputs)
  }
  const options: ModelOptions = {
    architecture: { kind: "mlp", widths, activation: "tanh" },
    loss: "mse",
    dtype: "float32",
    train: samples,
    test: 10,
    features,
    outputs
  }
  const { parameters, graphs, loop, objective } = yield* openModel(options, data)
  const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
  const bytes = yield* Effect.promise(() => encodeLoop(graphs.step, { name: "step", state, scan: ["loss"] }))
  const direct = yield* openObjective({ "step.onnx": bytes }, parameters, "float32", data)
  const session = yield* Session
  const alone = yield* Effect.flatMap(
    Effect.promise(() => encode(graphs.step)),
    (once) => session.open(once, { ...data.train })
  )
  const weights = initialize(parameters, 0, "float32")
  return {
    ...data,
    objective,
    direct,
    chunk: loop.chunk,
    form: loop.options.around === undefined ? "direct" : "dual",
    start: join(weights, parameters, "float32") as Float32Array<ArrayBuffer>,
    once: alone.run({ ...weights, learningRate: tensor([], Float32Array.of(learningRate)) })
  }
})

const measure = ({ samples, steps, products, rounds, targets }: Setting, print: Print) =>
  Effect.gen(function* () {
    const { train, objective, direct, chunk, form, start, once } = yield* openNetwork(samples)
    const gemms = yield* openGemms({ samples, features, widths, outputs }, { ...train })
    const { multiply } = yield* objective.linearize(start)
    const direction = normal(fromSeed("bench/direction"), objective.dimension).map(Math.fround)
    const inRows = yield* objective.operator(start)
    const coordinates = normal(fromSeed("bench/coordinates"), inRows.dimension).map(Math.fround)
    const repeated = <A, E>(run: Effect.Effect<A, E>, times: number) =>
      timed(Effect.repeat(run, { times: times - 1 }), times)
    const ours = {
      step: timed(objective.descend(start, learningRate, chunk), chunk),
      direct: timed(direct.descend(start, learningRate, steps), steps),
      directAlone: timed(once),
      productsAlone: timed(gemms.once),
      hvp: repeated(multiply(direction), products),
      ...(inRows.zeros === 0 ? {} : { rowHvp: repeated(inRows.multiply(coordinates), products) })
    }
    const arrays = {
      inputs: train.inputs.data as Float32Array,
      targets: train.targets.data as Float32Array,
      weights: start,
      direction: new Float32Array(direction)
    }
    const torch = openTorch("mlp.py", { sizes: [features, ...widths, outputs], learningRate }, arrays)
    const asked = (command: string, count: number) => Effect.promise(() => torch!.ask(command, count))
    const theirs = {
      torchStep: asked("step", steps),
      torchHvp: asked("hvp", products),
      torchKept: asked("kept", products)
    }
    print(`\nN = ${samples}, ${[features, ...widths, outputs].join("-")}; ${torch?.version ?? torchIsAbsent}`)
    print(`  step: ${form}, ${chunk} a run; other loops: ${steps} a run; ${pairs} paired rounds, ${rounds} others`)
    const tasks: Readonly<Record<string, Effect.Effect<Time, unknown>>> =
      torch === undefined ? ours : { ...ours, ...theirs }
    const paired = {
      direct: ours.direct,
      products: timed(gemms.repeated(steps), steps),
      productsAlone: repeated(gemms.once, steps)
    }
    const loops = yield* interleave(paired, pairs)
    const times = (yield* interleave(tasks, rounds)) as Times<OwnTask> & Partial<Times<TorchTask | ChosenTask>>
    for (const [name, values] of Object.entries(loops)) print(timesLine(`${name}, paired`, values))
    for (const [name, values] of Object.entries(times)) print(timesLine(name, values))
    if (torch !== undefined) {
      const { losses } = yield* objective.descend(start, learningRate, chunk)
      const curvature = dot(direction, yield* multiply(direction))
      const off = yield* agreement(torch, losses, curvature)
      torch.close()
      print(`  largest relative difference from PyTorch, of losses and ⟨v, H v⟩: ${off.toExponential(1)}`)
    }
    const inLoop = (below: "products" | "productsAlone", how: string): Figure =>
      ratioOf(loops, ["direct", below], { name: `mlp direct step ${how}, N = ${samples}`, target: 1.02 })
    return [
      inLoop("productsAlone", "in a Loop / its products, one run each"),
      inLoop("products", "/ its products, both in a Loop"),
      ...ratiosOf(times, samples, targets)
    ]
  }).pipe(Effect.scoped)

/** The losses of the first steps, and at the start the curvature along v. */
const agreement = (torch: Torch, losses: ArrayLike<number>, curvature: number) =>
  Effect.promise(async () => {
    const { value } = await torch.ask("hvp", 1)
    await torch.ask("again", 1)
    let off = agree("vᵀHv", curvature, value)
    for (let step = 0; step < losses.length; step++) {
      const loss = await torch.ask("step", 1)
      off = Math.max(off, agree(`the loss after ${step} steps`, losses[step]!, loss.value))
    }
    return off
  })

type OwnTask = "step" | "direct" | "directAlone" | "productsAlone" | "hvp"
type ChosenTask = "rowHvp"
type TorchTask = "torchStep" | "torchHvp" | "torchKept"

const ratiosOf = (
  times: Times<OwnTask> & Partial<Times<TorchTask | ChosenTask>>,
  samples: number,
  { step, dual, rows }: Setting["targets"]
): ReadonlyArray<Figure> => {
  const at = `N = ${samples}`
  const ratio = (
    name: string,
    [above, below]: readonly [OwnTask | ChosenTask, OwnTask | TorchTask],
    target: number
  ): Figure => {
    const figure = { name: `mlp ${name}, ${at}`, target }
    const [ours, theirs] = [times[above], times[below]]
    if (ours === undefined || theirs === undefined) return { ...figure, ratio: null, better: "lower", raw: {} }
    return ratioOf<string>({ [above]: ours, [below]: theirs }, [above, below], figure)
  }
  return [
    ratio("direct step / its products, one run each", ["directAlone", "productsAlone"], 1.06),
    ...(dual === undefined ? [] : [ratio("dual step / direct step", ["step", "direct"], dual)]),
    ratio("hvp / direct step, one run each", ["hvp", "directAlone"], 1.15),
    ratio("direct step / PyTorch", ["direct", "torchStep"], 0.909),
    ratio("step / PyTorch", ["step", "torchStep"], step),
    ratio("hvp / PyTorch double backward", ["hvp", "torchHvp"], 0.5),
    ratio("hvp / PyTorch kept graph", ["hvp", "torchKept"], 1),
    ...(rows === undefined
      ? []
      : [
          ratio("hvp in the row space / hvp", ["rowHvp", "hvp"], rows.whole),
          ratio("hvp in the row space / PyTorch double backward", ["rowHvp", "torchHvp"], rows.torch)
        ])
  ]
}

export const mlp: Benchmark = (print) =>
  Effect.runPromise(
    Effect.map(
      Effect.forEach(settings, (setting) => measure(setting, print)),
      (figures) => figures.flat()
    ).pipe(Effect.provide(layerOnnx({ threads: 1 })))
  )
