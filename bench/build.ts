/**
 * How long it takes from the description of a model to its first gradient: graphs, derivatives, bytes, session, run. Seconds of
 * the processor, in the place of a ratio: there is nothing to compare with.
 */
import * as Effect from "effect/Effect"
import type { Architecture } from "../src/models/Architecture.ts"
import { batchOf } from "../src/models/batch.ts"
import { join } from "../src/runtime/flat.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { tensor } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import { type Benchmark, type Figure, median, type Print, timed } from "./figures.ts"
import { settings } from "./networks.ts"
import { openModel } from "./open.ts"

const [samples, features, outputs] = [96, 3072, 10] as const
const rounds = 5
const most = 1.5

const mlp = { kind: "mlp", widths: [200, 200], activation: "tanh" } as const

const zerosOf = (count: number) => ({
  inputs: tensor([count, features], new Float32Array(count * features)),
  targets: tensor([count, outputs], new Float32Array(count * outputs))
})

const firstGradient = (architecture: Architecture) =>
  Effect.gen(function* () {
    const options = { architecture, loss: "mse", dtype: "float32", train: samples, test: 1, features, outputs } as const
    const batch = { train: batchOf(architecture, samples) }
    const data = { train: zerosOf(samples), test: zerosOf(1) }
    const { objective, parameters } = yield* openModel({ ...options, batch }, data)
    const start = join(initialize(parameters, 0, "float32"), parameters, "float32")
    yield* objective.gradient(start)
  }).pipe(Effect.scoped)

const measure = (name: string, architecture: Architecture, print: Print) =>
  Effect.gen(function* () {
    const seconds: Array<number> = []
    for (let round = 0; round <= rounds; round++) {
      const { cpu } = yield* timed(firstGradient(architecture))
      if (round > 0) seconds.push(cpu / 1000)
    }
    const ratio = median(seconds)
    print(`  ${name}: ${seconds.map((each) => each.toFixed(2)).join(", ")} s`)
    return {
      name: `${name}, seconds to the first gradient`,
      ratio,
      target: most,
      better: "lower",
      raw: { seconds }
    } satisfies Figure
  })

export const build: Benchmark = (print) => {
  const first = Object.values(settings).map((list) => list[0]!)
  const networks: ReadonlyArray<readonly [string, Architecture]> = [
    ["mlp", mlp],
    ...first.map(({ name, architecture }) => [name, architecture] as const)
  ]
  return Effect.runPromise(
    Effect.forEach(networks, ([name, architecture]) => measure(name, architecture, print)).pipe(
      Effect.provide(layerOnnx({ threads: 1 }))
    )
  )
}
