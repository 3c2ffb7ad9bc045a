/**
 * Products needed for the sharpness of an MLP along its training, against SciPy's `eigsh` on the very same operator.
 *
 * The network is 784-200-200-10 with tanh and squared loss on the first 1,000 images of MNIST. Its sharpness is measured every
 * ten steps, in two windows: while it rises, far from 2/η (as along a gradient flow), and at the edge of stability, where eight
 * eigenvalues crowd around 2/η and the top eigenvector turns from one measurement to the next. Both sides must reach a residual
 * of 1e-3 |λ|. `cold` demands that and no more, as SciPy does. `sure` is what
 * a measurement of brink's demands: that nothing is larger by more than that either, with probability 0.99. `warm` starts near
 * the last result, and still demands that a fresh direction finds nothing more than half as large again. SciPy's warm start is
 * its v0.
 */
import * as Effect from "effect/Effect"
import { readMnist } from "../src/data/readMnist.ts"
import { subset } from "../src/data/subset.ts"
import { fromSeed, normal } from "../src/random/Prng.ts"
import { join } from "../src/runtime/flat.ts"
import type { Objective } from "../src/runtime/objective.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { lanczos as largestOf } from "../src/spectral/lanczos.ts"
import { type Sharpness, sharpness } from "../src/spectral/sharpness.ts"
import type { FloatArray } from "../src/tensor/Tensor.ts"
import { initialize } from "../src/train/initialize.ts"
import { type Eigsh, openEigsh } from "./eigsh.ts"
import type { Benchmark, Figure } from "./figures.ts"
import { openModel } from "./open.ts"

const tolerance = 1e-3
const every = 10
const points = 12
const windows = {
  rising: { learningRate: 0.02, first: 100 },
  edge: { learningRate: 0.1, first: 1500 }
} as const

interface Counts {
  readonly cold: ReadonlyArray<number>
  readonly sure: ReadonlyArray<number>
  readonly warm: ReadonlyArray<number>
  readonly scipyCold: ReadonlyArray<number>
  readonly scipyWarm: ReadonlyArray<number>
  /** Largest relative difference of the warm value from one found to 1e-6. */
  readonly off: number
  readonly sharpness: number
}

const openMlp = Effect.gen(function* () {
  const { train, test } = yield* subset(yield* readMnist(), {
    train: 1000,
    test: 10,
    scaling: "standard",
    dtype: "float32"
  })
  const { parameters, objective } = yield* openModel(
    {
      architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" },
      loss: "mse",
      dtype: "float32",
      train: 1000,
      test: 10,
      features: 784,
      outputs: 10
    },
    { train, test }
  )
  const start = initialize(parameters, 0, "float32")
  return { objective, start: join(start, parameters, "float32") }
})

const measureWindow = (objective: Objective, from: FloatArray, learningRate: number, peer: Eigsh | undefined) =>
  Effect.gen(function* () {
    const { dimension } = objective
    const counts: Record<"cold" | "sure" | "warm" | "scipyCold" | "scipyWarm", Array<number>> = {
      ...{ cold: [], sure: [], warm: [], scipyCold: [], scipyWarm: [] }
    }
    const start = normal(fromSeed("bench/lanczos"), dimension)
    const wanted = { largest: 1, smallest: 0 }
    let [off, high] = [0, 0]
    let before: Sharpness | undefined
    let peerBefore: Float64Array | undefined
    let theta = from
    for (let i = 0; i <= points; i++) {
      const { multiply } = yield* objective.linearize(theta)
      const options = { dimension, multiply, low: false }
      const product = (v: Float64Array) => Effect.runPromise(Effect.map(multiply(v), (w) => new Float64Array(w)))
      const sure: Sharpness = yield* sharpness({ ...options, tolerance })
      if (before !== undefined) {
        const { guesses } = before
        const warm: Sharpness = yield* sharpness({ ...options, tolerance, near: { guesses, seed: i } })
        const exact = yield* sharpness({ ...options, tolerance: 1e-6 })
        const cold = yield* largestOf({ dimension, multiply, start, wanted, tolerance, maxProducts: 300 })
        counts.cold.push(cold.products)
        counts.sure.push(sure.products)
        counts.warm.push(warm.products)
        off = Math.max(off, Math.abs(warm.high.value / exact.high.value - 1))
        high = Math.max(high, exact.high.value)
        before = warm
      } else before = sure
      if (peer !== undefined) {
        const fresh = yield* Effect.promise(() => peer.largest(product))
        if (peerBefore !== undefined) {
          const near = peerBefore
          const again = yield* Effect.promise(() => peer.largest(product, near))
          counts.scipyCold.push(fresh.products)
          counts.scipyWarm.push(again.products)
        }
        peerBefore = fresh.vector
      }
      theta = (yield* objective.descend(theta, learningRate, every)).theta
    }
    return { ...counts, off, sharpness: high } satisfies Counts
  })

const program = Effect.gen(function* () {
  const { objective, start } = yield* openMlp
  const peer = openEigsh(objective.dimension, tolerance)
  const results: Record<string, Counts> = {}
  for (const [name, { learningRate, first }] of Object.entries(windows)) {
    const { theta } = yield* objective.descend(start, learningRate, first)
    results[name] = yield* measureWindow(objective, theta, learningRate, peer)
  }
  peer?.close()
  return { dimension: objective.dimension, peer: peer?.version, results }
})

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, value) => total + value, 0)

const figuresOf = (
  window: string,
  { cold, sure, warm, scipyCold, scipyWarm, off }: Counts,
  peer: string | undefined
) => {
  const figure = (name: string, ours: ReadonlyArray<number>, target: number): Figure => ({
    name: `lanczos ${name}, ${window}`,
    ratio: peer === undefined ? null : sum(ours) / sum(scipyCold),
    target,
    better: "lower",
    raw: { products: ours, peer: peer ?? "SciPy absent", peerProducts: scipyCold, peerWarm: scipyWarm, off }
  })
  return [figure("cold", cold, 1), figure("sure", sure, 1), figure("warm", warm, 0.4)]
}

export const lanczos: Benchmark = async (print) => {
  const { dimension, peer, results } = await Effect.runPromise(
    program.pipe(Effect.scoped, Effect.provide(layerOnnx({ threads: 1 })))
  )
  print(
    `\n${dimension} weights, tolerance ${tolerance}, peer: ${peer ?? "SciPy is absent (apt-get install python3-scipy)"}`
  )
  for (const [window, { cold, sure, warm, scipyCold, scipyWarm, off, sharpness: high }] of Object.entries(results)) {
    const { learningRate, first } = windows[window as keyof typeof windows]
    print(`${window} (η = ${learningRate}, from step ${first}): S η = ${(high * learningRate).toFixed(2)} at most`)
    print(`  brink cold   ${cold.join(" ")}`)
    print(`  brink sure   ${sure.join(" ")}`)
    print(`  brink warm   ${warm.join(" ")}   (off by at most ${off.toExponential(1)})`)
    print(`  SciPy cold   ${scipyCold.join(" ") || "absent"}`)
    print(`  SciPy warm   ${scipyWarm.join(" ") || "absent"}`)
  }
  return Object.entries(results).flatMap(([window, counts]) => figuresOf(window, counts, peer))
}
