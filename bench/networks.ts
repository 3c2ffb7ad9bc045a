/**
 * Gradient descent and Hessian-vector products of networks of images: convolutional, residual, a transformer (squared loss, the
 * whole of N samples in every step, float32, one thread), against PyTorch in the memory format and with the number of samples at
 * once that it is fastest with.
 *
 * All of them work on parts of the samples, so time grows with N and nothing else does.
 */
import * as Effect from "effect/Effect"
import type { Architecture } from "../src/models/Architecture.ts"
import { batchOf } from "../src/models/batch.ts"
import { fromSeed, normal } from "../src/random/Prng.ts"
import { join } from "../src/runtime/flat.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { tensor } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import { agree, dot } from "./agree.ts"
import { type Benchmark, type Figure, interleave, type Print, ratioOf, timed, timesLine } from "./figures.ts"
import { openModel } from "./open.ts"
import { drawSamples } from "./samples.ts"
import { openTorch, torchIsAbsent } from "./torch.ts"

interface Setting {
  readonly name: string
  readonly architecture: Architecture
  readonly samples: number // N
  readonly rounds: number
  /** What a step, and a product, may take of PyTorch's. */
  readonly step: number
  readonly hvp?: number
}

const images = { channels: 3, height: 32, width: 32 }
const features = 3 * 32 * 32 // D
const outputs = 10 // C
const learningRate = 0.01 // η
const cnn = { kind: "cnn", ...images, widths: [32, 32] } as const

export const settings: Readonly<Record<string, ReadonlyArray<Setting>>> = {
  cnn: [
    {
      ...{ name: "cnn tanh average", samples: 480, rounds: 7, step: 0.714, hvp: 0.5 },
      architecture: { ...cnn, activation: "tanh", pooling: "average" }
    },
    {
      ...{ name: "cnn relu max", samples: 480, rounds: 7, step: 0.909 },
      architecture: { ...cnn, activation: "relu", pooling: "max" }
    }
  ],
  resnet: [
    {
      ...{ name: "resnet", samples: 96, rounds: 7, step: 1 },
      architecture: {
        ...{ kind: "resnet", ...images, widths: [16, 32, 64], blocks: [1, 1, 1], activation: "relu" },
        norm: { kind: "group", groups: 8 }
      }
    }
  ],
  vit: [
    {
      ...{ name: "vit", samples: 192, rounds: 7, step: 1 },
      architecture: {
        ...{ kind: "vit", ...images, patch: 4, dimension: 64, depth: 4, heads: 4, hidden: 128 },
        activation: "gelu"
      }
    }
  ]
}

const measure = ({ name, architecture, samples, rounds, ...targets }: Setting, print: Print) =>
  Effect.gen(function* () {
    const train = drawSamples("bench/networks", samples, features, outputs)
    const { inputs, targets: wanted } = train
    const test = {
      inputs: tensor([1, features], inputs.data.slice(0, features)),
      targets: tensor([1, outputs], wanted.data.slice(0, outputs))
    }
    const batch = { train: batchOf(architecture, samples) }
    const options = {
      architecture,
      loss: "mse",
      dtype: "float32",
      train: samples,
      test: 1,
      features,
      outputs,
      batch
    } as const
    const { objective, parameters } = yield* openModel(options, { train, test })
    const { dimension } = objective
    const start = join(initialize(parameters, 0, "float32"), parameters, "float32")
    const direction = normal(fromSeed("bench/direction"), dimension).map(Math.fround)
    const { multiply } = yield* objective.linearize(start)
    const ours = { step: timed(objective.descend(start, learningRate, 1)), hvp: timed(multiply(direction)) }
    const torch = openTorch(
      "networks.py",
      {
        ...{ architecture, samples, outputs, learningRate },
        parameters: parameters.map((parameter) => ({ name: parameter.name, shape: parameter.shape })),
        batches: [...new Set([32, 96, samples])]
      },
      {
        inputs: inputs.data as Float32Array<ArrayBuffer>,
        targets: wanted.data as Float32Array<ArrayBuffer>,
        weights: start as Float32Array<ArrayBuffer>,
        direction: new Float32Array(direction)
      }
    )
    print(
      `\n${name}, N = ${samples}, ${dimension} weights, ${batch.train} samples at once; ${torch?.version ?? torchIsAbsent}`
    )
    const figure = (over: "step" | "hvp", target: number) => ({ name: `${name} ${over} / PyTorch`, target })
    const wantedFigures = [
      figure("step", targets.step),
      ...(targets.hvp === undefined ? [] : [figure("hvp", targets.hvp)])
    ]
    if (torch === undefined) {
      yield* interleave(ours, 1)
      return wantedFigures.map((each): Figure => ({ ...each, ratio: null, better: "lower", raw: {} }))
    }
    const asked = (command: string) => Effect.promise(() => torch.ask(command, 1))
    const { value, format } = yield* asked("hvp")
    for (const [task, best] of Object.entries(format ?? {})) print(`  PyTorch's ${task}: ${best}`)
    agree("vᵀHv", dot(direction, yield* multiply(direction)), value)
    yield* asked("again")
    const { losses } = yield* objective.descend(start, learningRate, 1)
    agree("the loss", losses[0]!, (yield* asked("step")).value)
    const times = yield* interleave({ ...ours, torchStep: asked("step"), torchHvp: asked("hvp") }, rounds)
    for (const [task, values] of Object.entries(times)) print(timesLine(task, values))
    torch.close()
    return [
      ratioOf(times, ["step", "torchStep"], figure("step", targets.step)),
      ...(targets.hvp === undefined ? [] : [ratioOf(times, ["hvp", "torchHvp"], figure("hvp", targets.hvp))])
    ]
  }).pipe(Effect.scoped)

/** The networks of one kind. */
export const networks =
  (kind: keyof typeof settings): Benchmark =>
  (print) =>
    Effect.runPromise(
      Effect.map(
        Effect.forEach(settings[kind]!, (setting) => measure(setting, print)),
        (figures) => figures.flat()
      ).pipe(Effect.provide(layerOnnx({ threads: 1 })))
    )
