/**
 * A step of gradient descent of a diagonal linear network with few weights, where arithmetic is next to nothing: against the
 * same steps written out as loops over typed arrays.
 */
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../src/random/Prng.ts"
import { join } from "../src/runtime/flat.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { tensor } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import { agree } from "./agree.ts"
import { type Benchmark, interleave, ratioOf, timed, timesLine } from "./figures.ts"
import { openModel } from "./open.ts"

const [samples, features] = [20, 30] as const // n, d
const learningRate = 0.01 // η
const steps = 20_000
const rounds = 9
const target = 1.5

/** θ after so many steps on ½/n Σ (⟨w ⊙ w, xᵢ⟩ − yᵢ)², as one would write it down. */
const plain = (start: Float64Array, inputs: Float64Array, targets: Float64Array, count: number): Float64Array => {
  const w = start.slice()
  const gradient = new Float64Array(features)
  for (let step = 0; step < count; step++) {
    gradient.fill(0)
    for (let i = 0; i < samples; i++) {
      let residual = -targets[i]!
      for (let j = 0; j < features; j++) residual += w[j]! * w[j]! * inputs[i * features + j]!
      for (let j = 0; j < features; j++) gradient[j]! += residual * inputs[i * features + j]!
    }
    for (let j = 0; j < features; j++) w[j]! -= (learningRate * 2 * w[j]! * gradient[j]!) / samples
  }
  return w
}

export const diagonal: Benchmark = (print) =>
  Effect.gen(function* () {
    const seed = fromSeed("bench/diagonal")
    const inputs = normal(split(seed, "inputs"), samples * features)
    const targets = Float64Array.from({ length: samples }, (_, i) => inputs[i * features]! + inputs[i * features + 1]!)
    const data = { inputs: tensor([samples, features], inputs), targets: tensor([samples, 1], targets) }
    const architecture = { kind: "diagonal", scale: 0.1 } as const
    const { objective, parameters } = yield* openModel(
      { architecture, loss: "mse", dtype: "float64", train: samples, test: samples, features, outputs: 1 },
      { train: data, test: data }
    )
    const start = join(initialize(parameters, 0, "float64"), parameters, "float64") as Float64Array
    const ours = (yield* objective.descend(start, learningRate, steps)).theta
    const theirs = plain(start, inputs, targets, steps)
    for (const j of [0, 1, 2]) agree(`weight ${j}`, ours[j]!, theirs[j]!)
    const times = yield* interleave(
      {
        brink: timed(objective.descend(start, learningRate, steps), steps / 1000),
        plain: timed(
          Effect.sync(() => plain(start, inputs, targets, steps)),
          steps / 1000
        )
      },
      rounds
    )
    print(`diagonal network, n = ${samples}, d = ${features}, ${steps} steps; times of 1,000 steps`)
    for (const [task, values] of Object.entries(times)) print(timesLine(task, values))
    return [ratioOf(times, ["brink", "plain"], { name: "diagonal step / typed arrays", target })]
  }).pipe(Effect.scoped, Effect.provide(layerOnnx({ threads: 1 })), Effect.runPromise)
