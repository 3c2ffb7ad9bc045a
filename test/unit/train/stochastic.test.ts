/** Batches, micro-batches and runs on them: what is drawn, what stays equal, and resuming. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { FloatArray } from "../../../src/tensor/Tensor.ts"
import { type BatchOptions, batches } from "../../../src/train/batches.ts"
import { type BatchGradient, fullBatch, inMicroBatches, stochastic } from "../../../src/train/batchGradient.ts"
import type { DescentState } from "../../../src/train/DescentState.ts"
import { descendBy } from "../../../src/train/descendBy.ts"
import { type Descend, type DescentOptions, gradientDescent } from "../../../src/train/gradientDescent.ts"
import { nesterov, plain, polyak, startingPoint } from "../../../src/train/Optimizer.ts"
import { regression } from "../../support/regression.ts"

const { samples, gradient, loss } = regression(50, 4, 1)
const plan: BatchOptions = { samples, size: 8, seed: 3, replacement: false }
const start = Float64Array.of(0.5, -0.5, 1, 0)

describe("batches", () => {
  it("without replacement, every epoch sees every sample once, in another order", () => {
    const { at, perEpoch } = batches(plan)
    assert.strictEqual(perEpoch, 7)
    const epochs = [0, 1, 2].map((epoch) =>
      Array.from({ length: perEpoch }, (_, i) => [...at(epoch * perEpoch + i)]).flat()
    )
    for (const seen of epochs) {
      assert.deepStrictEqual(
        seen.toSorted((a, b) => a - b),
        Array.from({ length: samples }, (_, i) => i)
      )
    }
    assert.notDeepEqual(epochs[0], epochs[1])
    assert.strictEqual(at(6).length, 2)
  })

  it("may drop the remainder, so that all batches are of one size", () => {
    const { at, perEpoch } = batches({ ...plan, remainder: "drop" })
    assert.strictEqual(perEpoch, 6)
    for (let step = 0; step < 20; step++) assert.strictEqual(at(step).length, 8)
    const seen = new Set(Array.from({ length: 6 }, (_, i) => [...at(i)]).flat())
    assert.strictEqual(seen.size, 48)
  })

  it("with replacement, every sample is as likely in every batch", () => {
    const { at, perEpoch } = batches({ ...plan, replacement: true })
    assert.strictEqual(perEpoch, 7)
    const counts = new Int32Array(samples)
    for (let step = 0; step < 5000; step++) {
      assert.strictEqual(at(step).length, 8)
      for (const sample of at(step)) counts[sample]!++
    }
    assert.isTrue(
      counts.every((count) => Math.abs(count - 800) < 120),
      `${counts}`
    )
  })

  it("a batch depends on the seed and the step alone, not on which were asked for before", () => {
    for (const replacement of [false, true]) {
      const forwards = batches({ ...plan, replacement })
      const backwards = batches({ ...plan, replacement })
      const steps = Array.from({ length: 20 }, (_, i) => i)
      const expected = steps.map((step) => forwards.at(step))
      for (const step of steps.toReversed()) assert.deepStrictEqual(backwards.at(step), expected[step])
      assert.notDeepEqual(batches({ ...plan, replacement, seed: 4 }).at(0), expected[0])
    }
  })

  it("refuses sizes that do not fit", () => {
    for (const size of [0, 51, 2.5]) {
      assert.throws(() => batches({ ...plan, size }), `batch size must be a whole number from 1 to 50`)
    }
    assert.throws(() => batches({ ...plan, samples: 0 }), /samples must be/)
    assert.throws(() => inMicroBatches(gradient, 0), /micro-batch size must be/)
  })
})

/** Within rounding. */
const assertClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  assert.strictEqual(actual.length, expected.length)
  for (let i = 0; i < expected.length; i++) {
    assert.closeTo(actual[i]!, expected[i]!, tolerance * Math.max(1, Math.abs(expected[i]!)))
  }
}

describe("micro-batches", () => {
  it.effect("give the gradient of the whole to rounding, whatever their size", () =>
    Effect.gen(function* () {
      const whole = yield* fullBatch(gradient, samples)(start, 0)
      for (const size of [1, 3, 7, 25, 49, 50, 1000]) {
        const parts = yield* fullBatch(inMicroBatches(gradient, size), samples)(start, 0)
        assertClose(parts.gradient, whole.gradient, 1e-15)
        assert.closeTo(parts.loss, whole.loss, 1e-15)
      }
    })
  )

  it.effect("see every sample once, in order and at most so many at a time", () =>
    Effect.gen(function* () {
      const seen: Array<ReadonlyArray<number>> = []
      const watched: BatchGradient<never, never> = (weights, chosen) => {
        seen.push([...chosen])
        return gradient(weights, chosen)
      }
      yield* inMicroBatches(watched, 3)(start, Int32Array.of(9, 8, 7, 6, 5, 4, 3))
      assert.deepStrictEqual(seen, [[9, 8, 7], [6, 5, 4], [3]])
    })
  )

  it.effect("are summed in float64 for float32 weights", () =>
    Effect.gen(function* () {
      const weights = Float32Array.from(start)
      const whole = yield* fullBatch(gradient, samples)(start, 0)
      const parts = yield* fullBatch(inMicroBatches(gradient, 1), samples)(weights, 0)
      assert.instanceOf(parts.gradient, Float32Array)
      assertClose(parts.gradient, whole.gradient, 1.5e-7)
    })
  )

  it.effect("leave a whole run of full-batch training unchanged to rounding", () =>
    Effect.gen(function* () {
      const train = (of: BatchGradient<never, never>) => {
        const optimizer = nesterov({ momentum: 0.8, weightDecay: 0.01 })
        const descend = descendBy({ gradient: fullBatch(of, samples), optimizer })
        return descend(startingPoint(optimizer, start), 0.1, 200)
      }
      const whole = yield* train(gradient)
      const parts = yield* train(inMicroBatches(gradient, 7))
      assertClose(parts.theta, whole.theta, 1e-13)
      assertClose(parts.losses, whole.losses, 1e-13)
    })
  )
})

type Options = DescentOptions<never, never, never, never>

const settings = (optimizer = polyak({ momentum: 0.9, weightDecay: 1e-3 }), replacement = false): Options => ({
  descend: descendBy({ gradient: stochastic(gradient, batches({ ...plan, replacement })), optimizer }),
  start: startingPoint(optimizer, start),
  dimension: 4,
  learningRate: 0.02,
  threshold: 0.2,
  patience: 4,
  maxSteps: 400,
  chunk: 9,
  snapshotSteps: [0, 10, 26, 27, 200]
})

const bits = ({ state, ...rest }: Effect.Success<ReturnType<typeof gradientDescent>>) => rest

describe("stochastic descent", () => {
  it.effect("steps along the gradients of its batches", () =>
    Effect.gen(function* () {
      const { at } = batches(plan)
      let w: FloatArray = start
      const losses: Array<number> = []
      for (let step = 0; step < 15; step++) {
        const here = yield* gradient(w, at(step))
        losses.push(here.loss)
        w = w.map((value: number, i: number) => value - 0.05 * here.gradient[i]!) as FloatArray
      }
      const descend = descendBy({ gradient: stochastic(gradient, batches(plan)), optimizer: plain() })
      const ran = yield* descend(start, 0.05, 15)
      assert.deepStrictEqual([...ran.losses], losses)
      assert.deepStrictEqual(ran.theta, w)
      const first = yield* descend(start, 0.05, 6, 0)
      assert.deepStrictEqual((yield* descend(first.theta, 0.05, 9, 6)).theta, w)
    })
  )

  it.effect("gives the same bits when it is killed at any chunk and resumed from a copy of its state", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [string, Options]> = [
        ["Converged", { ...settings(), threshold: 0.5, patience: 3 }],
        ["Unstable", { ...settings(), threshold: 0.3, patience: 50 }],
        ["Exhausted", { ...settings(plain(), true), threshold: 0 }],
        ["Diverged", { ...settings(), learningRate: 1.5, divergence: 100 }]
      ]
      for (const [outcome, options] of cases) {
        const states: Array<DescentState> = []
        const whole = yield* gradientDescent({
          ...options,
          onChunk: (state) => Effect.sync(() => states.push(structuredClone(state)))
        })
        assert.strictEqual(whole.outcome, outcome)
        for (const state of states) {
          const from: Array<number> = []
          const watched: Descend<never, never> = (theta, rate, steps, at = 0) => {
            from.push(at)
            return options.descend(theta, rate, steps, at)
          }
          const resumed = yield* gradientDescent({ ...options, descend: watched, resume: [state] })
          assert.deepStrictEqual(bits(resumed), bits(whole), `${outcome} from step ${state.step}`)
          assert.strictEqual(from[0], state.step)
        }
        if (outcome !== "Diverged") assert.isAbove(states.length, 2, outcome)
      }
    })
  )

  it.effect("returns the weights of the step it names, inside a chunk and before one", () =>
    Effect.gen(function* () {
      for (const threshold of [0.6, 0.5, 0.4]) {
        const options = { ...settings(), threshold, patience: 2 }
        const end = yield* gradientDescent(options)
        assert.strictEqual(end.outcome, "Converged")
        const again = yield* options.descend(options.start, options.learningRate, end.steps)
        assert.deepStrictEqual(end.point, again.theta)
        assert.deepStrictEqual(end.theta, again.theta.slice(0, 4))
      }
      const diverging = { ...settings(), learningRate: 1.5, divergence: 100, chunk: 1 }
      const end = yield* gradientDescent(diverging)
      const again = yield* diverging.descend(diverging.start, 1.5, end.steps)
      assert.strictEqual(end.outcome, "Diverged")
      assert.deepStrictEqual(end.point, again.theta)
    })
  )

  it.effect("is judged by the loss of all samples where that is asked for, at its steps", () =>
    Effect.gen(function* () {
      let asked = 0
      const judge = {
        every: 3,
        loss: (weights: FloatArray) => Effect.tap(loss(weights), () => Effect.sync(() => asked++))
      }
      const descend = descendBy({ gradient: stochastic(gradient, batches(plan)), optimizer: plain(), judge })
      const { losses, theta } = yield* descend(start, 0.05, 8)
      assert.strictEqual(asked, 3)
      assert.strictEqual(losses[0], yield* loss(start))
      assert.strictEqual(losses[2], losses[0])
      const third = yield* descend(start, 0.05, 3)
      assert.strictEqual(losses[3], yield* loss(third.theta))
      assert.strictEqual(losses[5], losses[3])
      assert.deepStrictEqual((yield* descend(third.theta, 0.05, 5, 3)).theta, theta)
    })
  )

  it.effect("approaches the least-squares solution as its learning rate falls", () =>
    Effect.gen(function* () {
      const exact = yield* gradientDescent({
        ...settings(plain()),
        descend: descendBy({ gradient: fullBatch(gradient, samples), optimizer: plain() }),
        start,
        learningRate: 0.5,
        threshold: 0,
        maxSteps: 500
      })
      const distance = (rate: number, maxSteps: number) =>
        Effect.map(
          gradientDescent({ ...settings(plain()), start, learningRate: rate, threshold: 0, maxSteps }),
          ({ theta }) => Math.hypot(...theta.map((w: number, i: number) => w - exact.theta[i]!))
        )
      const [far, near] = [yield* distance(0.1, 400), yield* distance(0.01, 4000)]
      assert.isBelow(near, far / 3)
      assert.isBelow(near, 0.03)
    })
  )
})
