/** The gradient flow: against exact solutions, its ends, its measurements, and resuming. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { l1 } from "../../../src/norms/norms.ts"
import type { FlowState } from "../../../src/train/FlowState.ts"
import { gradientFlow } from "../../../src/train/gradientFlow.ts"
import { locateCrossing } from "../../../src/train/locateCrossing.ts"
import { quadratic, toy } from "../../support/flows.ts"

const bits = ({ state, ...rest }: Effect.Success<ReturnType<typeof gradientFlow>>) => rest

describe("gradientFlow", () => {
  it.effect("follows the exact exponentials of a quadratic, with an error of fourth order in the step", () =>
    Effect.gen(function* () {
      const error = (alpha: number) =>
        Effect.map(
          gradientFlow({ ...quadratic(3, 1), threshold: 0, alpha, maxTime: 2 }),
          ({ theta, time, outcome }) => {
            assert.strictEqual(outcome, "Exhausted")
            assert.strictEqual(time, 2)
            return Math.hypot(theta[0]! - Math.exp(-6), theta[1]! - Math.exp(-2))
          }
        )
      const [coarse, fine] = [yield* error(0.5), yield* error(0.25)]
      assert.isBelow(fine, 1e-5)
      assert.closeTo(coarse / fine, 16, 8)
    })
  )

  it.effect("ends where the loss is the threshold, at the exact time", () =>
    Effect.gen(function* () {
      for (const threshold of [1e-2, 1e-5, 1e-8]) {
        const end = yield* gradientFlow({ ...quadratic(3), threshold, alpha: 0.25 })
        assert.strictEqual(end.outcome, "Converged")
        assert.isAtMost(end.loss, threshold)
        assert.isAtLeast(end.loss, 0.99 * threshold)
        assert.closeTo(end.time, Math.log(1.5 / end.loss) / 6, 1e-3) // L = 1.5 exp(−6 t)
        assert.closeTo(end.loss, 1.5 * end.theta[0]! ** 2, 1e-15)
      }
    })
  )

  it.effect("ends at once where the start is at the threshold", () =>
    Effect.gen(function* () {
      const end = yield* gradientFlow({ ...quadratic(3), threshold: 2 })
      assert.strictEqual(end.outcome, "Converged")
      assert.strictEqual(end.steps, 0)
      assert.deepStrictEqual(end.sharpness, { initial: 3, maximum: 3, end: 3 })
      assert.strictEqual(end.points.length, 1)
    })
  )

  it.effect("is exhausted after maxSteps steps", () =>
    Effect.gen(function* () {
      const end = yield* gradientFlow({ ...quadratic(3), maxSteps: 7 })
      assert.strictEqual(end.outcome, "Exhausted")
      assert.strictEqual(end.steps, 7)
      assert.strictEqual(end.points.at(-1)!.step, 7)
    })
  )

  it.effect("says that it diverged where its steps are too long, and returns the weights before", () =>
    Effect.gen(function* () {
      const end = yield* gradientFlow({ ...quadratic(3, 1), alpha: 4 })
      assert.strictEqual(end.outcome, "Diverged")
      assert.isTrue(Number.isFinite(end.loss) && end.loss <= 20)
    })
  )

  it.effect("measures the sharpness at the start, at every so many steps and at the end", () =>
    Effect.gen(function* () {
      const end = yield* gradientFlow(toy)
      const steps = end.points.map(({ step }) => step)
      assert.deepStrictEqual(
        steps.slice(0, -1),
        Array.from({ length: steps.length - 1 }, (_, i) => 3 * i)
      )
      assert.strictEqual(steps.at(-1), end.steps)
      assert.strictEqual(end.points[0]!.sharpness, end.sharpness.initial)
      assert.strictEqual(end.points.at(-1)!.sharpness, end.sharpness.end)
      assert.strictEqual(Math.max(...end.points.map(({ sharpness }) => sharpness)), end.sharpness.maximum)
      assert.closeTo(end.points[0]!.l1, 0.1, 1e-15)
      assert.isTrue(end.points.every(({ loss }, i) => i === 0 || loss < end.points[i - 1]!.loss))
      assert.isTrue(end.points.every(({ time }, i) => i === 0 || time > end.points[i - 1]!.time))
    })
  )

  it.effect("reports the largest sharpness where it falls again", () =>
    Effect.gen(function* () {
      let asked = 0
      const hump = [1, 4, 9, 4, 2]
      const options = { ...quadratic(1), measureEvery: 1, maxSteps: 4 }
      const end = yield* gradientFlow({ ...options, sharpness: () => Effect.sync(() => hump[asked++]!) })
      assert.deepStrictEqual(end.sharpness, { initial: 1, maximum: 9, end: 2 })
    })
  )

  it.effect("takes the longest allowed step where the sharpness is zero", () =>
    Effect.gen(function* () {
      const end = yield* gradientFlow({
        gradient: (theta) => Effect.succeed({ loss: 10 - theta[0]!, gradient: Float64Array.of(-1) }),
        sharpness: () => Effect.succeed(0),
        l1,
        start: Float64Array.of(0),
        threshold: 4,
        measureEvery: 1,
        maxStep: 2.5,
        maxSteps: 100
      })
      assert.strictEqual(end.steps, 3)
      assert.closeTo(end.theta[0]!, 6, 0.04)
    })
  )

  it.effect("keeps its weights in float64 where the model is float32", () =>
    Effect.gen(function* () {
      const { gradient, ...rest } = quadratic(3, 1)
      const end = yield* gradientFlow({
        ...rest,
        start: Float32Array.of(1, 1),
        gradient: (theta) => {
          assert.instanceOf(theta, Float32Array)
          return gradient(theta)
        }
      })
      assert.instanceOf(end.theta, Float32Array)
      assert.instanceOf(end.state.theta, Float64Array)
      const { loss } = yield* gradient(end.theta)
      assert.strictEqual(loss, end.loss)
    })
  )

  it.effect("gives the same bits when it is killed after any step and resumed from a copy of its state", () =>
    Effect.gen(function* () {
      for (const limits of [{}, { maxSteps: 11 }, { maxTime: 1.5 }]) {
        const states: Array<FlowState> = []
        const whole = yield* gradientFlow({
          ...toy,
          ...limits,
          onStep: (state) => Effect.sync(() => states.push(state))
        })
        assert.isAbove(states.length, 5)
        for (const state of [...states, whole.state].map((saved) => structuredClone(saved))) {
          const resumed = yield* gradientFlow({ ...toy, ...limits, resume: [state] })
          assert.deepStrictEqual(bits(resumed), bits(whole), `from step ${state.step}`)
        }
      }
    })
  )

  it.effect("goes on from a shorter flow to the bits of a flow from the start", () =>
    Effect.gen(function* () {
      const whole = yield* gradientFlow(toy)
      for (const shorter of [{ maxSteps: 10 }, { maxTime: 1.3 }, { threshold: 1e-3 }]) {
        const { state } = yield* gradientFlow({ ...toy, ...shorter })
        assert.isAbove(state.step, 0)
        assert.deepStrictEqual(bits(yield* gradientFlow({ ...toy, resume: [state] })), bits(whole))
      }
    })
  )

  it.effect("begins at the start where a state lies beyond the end, to the same result", () =>
    Effect.gen(function* () {
      const { state } = yield* gradientFlow(toy)
      for (const shorter of [{ maxSteps: 4 }, { maxTime: 0.5 }, { threshold: 1e-2 }]) {
        const whole = yield* gradientFlow({ ...toy, ...shorter })
        assert.deepStrictEqual(bits(yield* gradientFlow({ ...toy, ...shorter, resume: [state] })), bits(whole))
      }
    })
  )
})

describe("locateCrossing", () => {
  const locate = (loss: (length: number) => number, threshold: number) => {
    let trials = 0
    const advance = (length: number) =>
      Effect.sync(() => {
        trials++
        return { loss: loss(length) }
      })
    return Effect.map(
      locateCrossing(advance, { length: 1, reached: { loss: loss(1) } }, loss(0), threshold),
      (found) => ({ ...found, trials })
    )
  }

  it.effect("takes a handful of trials on an exponential", () =>
    Effect.gen(function* () {
      for (const rate of [0.5, 5, 50]) {
        const threshold = Math.exp(-rate / 3)
        const { length, reached, trials } = yield* locate((t) => Math.exp(-rate * t), threshold)
        assert.isTrue(reached.loss <= threshold && reached.loss >= 0.99 * threshold, `rate ${rate}`)
        assert.closeTo(length, 1 / 3, 0.02)
        assert.isAtMost(trials, 6)
      }
    })
  )

  it.effect("closes in on a jump from above the threshold to below it", () =>
    Effect.gen(function* () {
      const { length, reached } = yield* locate((t) => (t < 0.3 ? 1 : 1e-9), 1e-3)
      assert.strictEqual(reached.loss, 1e-9)
      assert.closeTo(length, 0.3, 1e-6)
    })
  )

  it.effect("takes a loss of exactly zero", () =>
    Effect.gen(function* () {
      const { reached } = yield* locate((t) => Math.max(0, 1 - 2 * t), 1e-2)
      assert.isTrue(reached.loss <= 1e-2)
    })
  )
})
