/** Read-outs of runs that oscillate. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { batches } from "../../../src/train/batches.ts"
import { stochastic } from "../../../src/train/batchGradient.ts"
import { descendBy } from "../../../src/train/descendBy.ts"
import { type DescentOptions, gradientDescent } from "../../../src/train/gradientDescent.ts"
import { plain, polyak, startingPoint } from "../../../src/train/Optimizer.ts"
import { readOut } from "../../../src/train/readOut.ts"
import * as network from "../../support/diagonalNetwork.ts"
import { quadraticGradient, regression } from "../../support/regression.ts"

type Options = DescentOptions<never, never, never, never>

const read = (options: Options, decay?: Parameters<typeof readOut>[0]["decay"]) =>
  Effect.gen(function* () {
    const descent = yield* gradientDescent(options)
    const out = yield* readOut({ ...options, descent, ...(decay === undefined ? {} : { decay }) })
    return { descent, ...out }
  })

/** η λ = 2 along the first weight: it jumps between ±1 for ever, while the others decay. */
const jumping: Options = {
  descend: descendBy({ gradient: quadraticGradient(4, 1), optimizer: plain() }),
  start: Float64Array.of(1, 1),
  learningRate: 0.5,
  threshold: 0,
  maxSteps: 20,
  chunk: 6
}

describe("readOut", () => {
  it.effect("averages take out what jumps to and fro, and leave what does not", () =>
    Effect.gen(function* () {
      const { raw, twoStep, midpoint } = yield* read(jumping)
      assert.deepStrictEqual([...raw], [1, 0.5 ** 20])
      assert.deepStrictEqual([...twoStep!], [0, (0.5 ** 19 + 0.5 ** 20) / 2])
      assert.deepStrictEqual([...midpoint!], [0, (0.5 ** 19 + 2 * 0.5 ** 20 + 0.5 ** 21) / 4])
    })
  )

  it.effect("are the same wherever in a chunk the run ended", () =>
    Effect.gen(function* () {
      for (const chunk of [1, 2, 5, 19, 20, 21, 100]) {
        const { twoStep, midpoint } = yield* read({ ...jumping, chunk })
        assert.deepStrictEqual([...twoStep!], [0, (0.5 ** 19 + 0.5 ** 20) / 2], `chunk ${chunk}`)
        assert.deepStrictEqual([...midpoint!], [0, (0.5 ** 19 + 2 * 0.5 ** 20 + 0.5 ** 21) / 4], `chunk ${chunk}`)
      }
    })
  )

  it.effect("know the neighbours of a run with momentum and batches, from which only weights are taken", () =>
    Effect.gen(function* () {
      const { gradient, samples } = regression(40, 3, 5)
      const optimizer = polyak({ momentum: 0.9 })
      const plan = batches({ samples, size: 7, seed: 1, replacement: false })
      const options: Options = {
        descend: descendBy({ gradient: stochastic(gradient, plan), optimizer }),
        start: startingPoint(optimizer, Float64Array.of(1, 1, 1)),
        dimension: 3,
        learningRate: 0.05,
        threshold: 0,
        maxSteps: 23,
        chunk: 5
      }
      const { raw, twoStep, midpoint } = yield* read(options)
      const at = (steps: number) => options.descend(options.start, 0.05, steps)
      const [before, here, after] = [yield* at(22), yield* at(23), yield* at(24)].map(({ theta }) => theta)
      assert.deepStrictEqual(raw, here!.slice(0, 3))
      twoStep!.forEach((w, i) => {
        assert.closeTo(w, (before![i]! + here![i]!) / 2, 1e-15)
      })
      midpoint!.forEach((w, i) => {
        assert.closeTo(w, (before![i]! + 2 * here![i]! + after![i]!) / 4, 1e-15)
      })
    })
  )

  it.effect("of a run that touched the threshold by accident are those of the first touch", () =>
    Effect.gen(function* () {
      const rate = 1.9 * 0.25442
      const options = { descend: network.descend, start: network.start, learningRate: rate, chunk: 100 }
      const { descent, raw, midpoint } = yield* read({ ...options, threshold: 1e-10, maxSteps: 9000 })
      assert.strictEqual(descent.outcome, "Unstable")
      const at = (steps: number) => network.descend(network.start, rate, steps)
      const [before, here, after] = [
        yield* at(descent.steps - 1),
        yield* at(descent.steps),
        yield* at(descent.steps + 1)
      ].map(({ theta }) => theta)
      assert.deepStrictEqual(raw, here)
      assert.closeTo(midpoint![0]!, (before![0]! + 2 * here![0]! + after![0]!) / 4, 1e-15)
    })
  )

  it.effect("have no averages at step 0, where there is no step before", () =>
    Effect.gen(function* () {
      const { raw, twoStep, midpoint, decayed } = yield* read({ ...jumping, maxSteps: 0 })
      assert.deepStrictEqual(raw, jumping.start)
      assert.deepStrictEqual([twoStep, midpoint, decayed], [undefined, undefined, undefined])
    })
  )

  it.effect("after decay come to rest, and keep the threshold that they are given", () =>
    Effect.gen(function* () {
      const decay = { learningRate: 0.05, threshold: 1e-6, maxSteps: 1000 }
      const { decayed } = yield* read(jumping, decay)
      assert.strictEqual(decayed!.outcome, "Converged")
      assert.isAtMost(decayed!.loss, 1e-6)
      assert.isAbove(decayed!.loss, 0.5e-6)
      assert.closeTo(decayed!.theta[0]!, 0.8 ** decayed!.steps, 1e-15)
    })
  )

  it.effect("after decay see the batches that come after the run's last", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const descend = descendBy({
        gradient: (weights, step) => {
          seen.push(step)
          return quadraticGradient(1)(weights)
        },
        optimizer: plain()
      })
      const options = { ...jumping, descend, start: Float64Array.of(1), learningRate: 0.1 }
      const descent = yield* gradientDescent(options)
      seen.length = 0
      yield* readOut({ ...options, descent, decay: { learningRate: 0.01, threshold: 0, maxSteps: 3 } })
      assert.deepStrictEqual(seen.slice(0, 4), [20, 21, 22, 23])
    })
  )
})
