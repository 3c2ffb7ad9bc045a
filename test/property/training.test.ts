/** What holds for every optimizer, batch plan and place of interruption: equal bits after resuming, equal sums of parts. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, type Prng, split, uniform } from "../../src/random/Prng.ts"
import { batches } from "../../src/train/batches.ts"
import { fullBatch, inMicroBatches, stochastic } from "../../src/train/batchGradient.ts"
import type { DescentState } from "../../src/train/DescentState.ts"
import { descendBy } from "../../src/train/descendBy.ts"
import { gradientDescent } from "../../src/train/gradientDescent.ts"
import { nesterov, type Optimizer, plain, polyak, startingPoint } from "../../src/train/Optimizer.ts"
import { readOut } from "../../src/train/readOut.ts"
import { regression } from "../support/regression.ts"

const integer = (prng: Prng, label: string, minimum: number, maximum: number): number =>
  Math.floor(uniform(split(prng, label), 1, minimum, maximum + 1)[0]!)
const number = (prng: Prng, label: string, minimum: number, maximum: number): number =>
  uniform(split(prng, label), 1, minimum, maximum)[0]!

const optimizerOf = (prng: Prng): Optimizer => {
  const options = { momentum: number(prng, "momentum", 0, 0.95), weightDecay: number(prng, "decay", 0, 0.1) }
  return [plain, polyak, nesterov][integer(prng, "rule", 0, 2)]!(options)
}

const worldOf = (seed: number) => {
  const prng = fromSeed(`training ${seed}`)
  const samples = integer(prng, "samples", 1, 40)
  const features = integer(prng, "features", 1, 6)
  const problem = regression(samples, features, seed)
  const optimizer = optimizerOf(prng)
  const weights = normal(split(prng, "weights"), features)
  const start = seed % 2 === 0 ? weights : Float32Array.from(weights)
  return { prng, features, problem, optimizer, start: startingPoint(optimizer, start), about: `seed ${seed}` }
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed)

describe("a run of any optimizer on any batches", () => {
  it.effect("has the same bits when it is resumed anywhere, in chunks as they were", () =>
    Effect.gen(function* () {
      for (const seed of seeds) {
        const { prng, features, problem, optimizer, start, about } = worldOf(seed)
        const plan = batches({
          samples: problem.samples,
          size: integer(prng, "size", 1, problem.samples),
          seed,
          replacement: integer(prng, "replacement", 0, 1) === 1,
          remainder: integer(prng, "remainder", 0, 1) === 1 ? "keep" : "drop"
        })
        const options = {
          descend: descendBy({ gradient: stochastic(problem.gradient, plan), optimizer }),
          start,
          dimension: features,
          learningRate: number(prng, "rate", 0, 0.6),
          threshold: number(prng, "threshold", 0, 0.5),
          patience: integer(prng, "patience", 1, 5),
          maxSteps: integer(prng, "steps", 0, 60),
          chunk: integer(prng, "chunk", 1, 20),
          snapshotSteps: [0, integer(prng, "snapshot", 0, 60)]
        }
        const states: Array<DescentState> = []
        const onChunk = (state: DescentState) => Effect.sync(() => states.push(structuredClone(state)))
        const { state: _, ...whole } = yield* gradientDescent({ ...options, onChunk })
        for (const state of states) {
          const { state: __, ...resumed } = yield* gradientDescent({ ...options, resume: [state] })
          assert.deepStrictEqual(resumed, whole, `${about}, from step ${state.step}`)
        }
        const again = yield* options.descend(start, options.learningRate, whole.steps)
        assert.deepStrictEqual(whole.point, again.theta, about)
      }
    })
  )

  it.effect("is read out alike, whatever the chunks", () =>
    Effect.gen(function* () {
      for (const seed of seeds) {
        const { prng, features, problem, optimizer, start, about } = worldOf(seed)
        const common = {
          descend: descendBy({ gradient: fullBatch(problem.gradient, problem.samples), optimizer }),
          start,
          dimension: features,
          learningRate: number(prng, "rate", 0, 0.2),
          threshold: 0.1,
          maxSteps: integer(prng, "steps", 0, 50)
        }
        const outs: Array<unknown> = []
        for (const chunk of [1, integer(prng, "chunk", 2, 20), 100]) {
          const descent = yield* gradientDescent({ ...common, chunk })
          const { raw, twoStep, midpoint } = yield* readOut({ ...common, chunk, descent })
          outs.push({ raw, twoStep, midpoint })
        }
        assert.deepStrictEqual(outs[1], outs[0], about)
        assert.deepStrictEqual(outs[2], outs[0], about)
      }
    })
  )

  it.effect("is the same run in micro-batches of any size, to rounding", () =>
    Effect.gen(function* () {
      for (const seed of seeds.filter((even) => even % 2 === 0)) {
        const { prng, problem, optimizer, start, about } = worldOf(seed)
        const micro = inMicroBatches(problem.gradient, integer(prng, "micro", 1, problem.samples))
        const [whole, parts] = yield* Effect.forEach([problem.gradient, micro], (gradient) =>
          descendBy({ gradient: fullBatch(gradient, problem.samples), optimizer })(start, 0.05, 40)
        )
        whole!.theta.forEach((w, i) => {
          assert.closeTo(parts!.theta[i]!, w, 1e-12 * Math.max(1, Math.abs(w)), about)
        })
      }
    })
  )
})
