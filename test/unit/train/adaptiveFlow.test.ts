/** The adaptive flow: against exact solutions and against Runge–Kutta steps of fixed length. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type AdaptiveFlowOptions, type AdaptiveFlowState, adaptiveFlow } from "../../../src/train/adaptiveFlow.ts"
import { dormandPrinceStep } from "../../../src/train/dormandPrince.ts"
import { gradientFlow } from "../../../src/train/gradientFlow.ts"
import * as network from "../../support/diagonalNetwork.ts"
import * as flows from "../../support/flows.ts"
import { quadraticGradient } from "../../support/regression.ts"

type Options = AdaptiveFlowOptions<never, never, never, never>

const quadratic: (...curvatures: ReadonlyArray<number>) => Options = flows.quadratic
const toy: Options = flows.toy

const bits = ({ state, ...rest }: Effect.Success<ReturnType<typeof adaptiveFlow>>) => rest

describe("dormandPrinceStep", () => {
  it.effect("has an error of sixth order, and estimates one of fifth", () =>
    Effect.gen(function* () {
      const step = (h: number) =>
        Effect.map(dormandPrinceStep(quadraticGradient(1), Float64Array.of(1), [1], h), ({ reached, error }) => ({
          true: Math.abs(reached.theta[0]! - Math.exp(-h)),
          estimated: Math.abs(error[0]!)
        }))
      const [coarse, fine] = [yield* step(0.2), yield* step(0.1)]
      assert.closeTo(Math.log2(coarse.true / fine.true), 6, 0.2)
      assert.closeTo(Math.log2(coarse.estimated / fine.estimated), 5, 0.2)
    })
  )

  it.effect("hands on the slope at its end", () =>
    Effect.gen(function* () {
      const { reached } = yield* dormandPrinceStep(network.gradient, network.start, [1, 1], 0.01)
      const there = yield* network.gradient(reached.theta)
      assert.deepStrictEqual(reached.gradient, there.gradient)
      assert.strictEqual(reached.loss, there.loss)
    })
  )
})

describe("adaptiveFlow", () => {
  it.effect("follows the exact exponentials of a quadratic to its tolerance", () =>
    Effect.gen(function* () {
      for (const relativeTolerance of [1e-4, 1e-7, 1e-10]) {
        const absoluteTolerance = relativeTolerance / 100
        const options = { ...quadratic(3, 1), threshold: 0, maxTime: 2, relativeTolerance, absoluteTolerance }
        const { theta, time, outcome } = yield* adaptiveFlow(options)
        assert.strictEqual(outcome, "Exhausted")
        assert.strictEqual(time, 2)
        const error = Math.hypot(theta[0]! / Math.exp(-6) - 1, theta[1]! / Math.exp(-2) - 1)
        assert.isBelow(error, 20 * relativeTolerance)
      }
    })
  )

  it.effect("agrees with fixed Runge–Kutta steps on the diagonal network, with fewer gradients", () =>
    Effect.gen(function* () {
      let gradients = 0
      const counted: Options["gradient"] = (theta) => {
        gradients++
        return network.gradient(theta)
      }
      const adaptive = yield* adaptiveFlow({ ...toy, gradient: counted, relativeTolerance: 1e-8 })
      const taken = gradients
      gradients = 0
      const { resume: _, onStep: __, ...same } = toy
      const fixed = yield* gradientFlow({ ...same, gradient: counted, alpha: 0.05 })
      assert.strictEqual(adaptive.outcome, "Converged")
      assert.closeTo(adaptive.sharpness.end, fixed.sharpness.end, 1e-4)
      assert.closeTo(adaptive.sharpness.maximum, fixed.sharpness.maximum, 1e-4)
      assert.closeTo(adaptive.theta[0]!, fixed.theta[0]!, 2e-6)
      assert.closeTo(adaptive.theta[1]!, fixed.theta[1]!, 2e-6)
      assert.isBelow(taken, gradients)
    })
  )

  it.effect("ends where the loss is the threshold, at the exact time", () =>
    Effect.gen(function* () {
      for (const threshold of [1e-2, 1e-5, 1e-8]) {
        const end = yield* adaptiveFlow({ ...quadratic(3), threshold })
        assert.strictEqual(end.outcome, "Converged")
        assert.isAtMost(end.loss, threshold)
        assert.isAtLeast(end.loss, 0.99 * threshold)
        assert.closeTo(end.time, Math.log(1.5 / end.loss) / 6, 1e-4) // L = 1.5 exp(−6 t)
      }
    })
  )

  it.effect("makes a step again where the loss there is not finite", () =>
    Effect.gen(function* () {
      let refused = 0
      const walled: Options["gradient"] = (theta) => {
        if (theta[0]! > 0.53) return quadraticGradient(3)(theta)
        refused++
        return Effect.succeed({ loss: Number.NaN, gradient: Float64Array.of(Number.NaN) })
      }
      const end = yield* adaptiveFlow({ ...quadratic(3), gradient: walled, maxTime: 0.2 })
      assert.strictEqual(end.outcome, "Exhausted")
      assert.closeTo(end.theta[0]!, Math.exp(-0.6), 1e-5)
      const stuck = yield* adaptiveFlow({ ...quadratic(3), gradient: walled, start: Float64Array.of(Number.NaN) })
      assert.strictEqual(stuck.outcome, "Diverged")
      assert.strictEqual(stuck.steps, 0)
      assert.isAbove(refused, 0)
    })
  )

  it.effect("stays stable on a stiff problem by itself", () =>
    Effect.gen(function* () {
      const end = yield* adaptiveFlow({ ...quadratic(1000, 1), threshold: 1e-4, relativeTolerance: 1e-4 })
      assert.strictEqual(end.outcome, "Converged")
      assert.closeTo(end.time, Math.log(0.5 / end.loss) / 2, 1e-2)
    })
  )

  it.effect("keeps to the longest allowed step, and is exhausted after maxSteps", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const onStep = (state: AdaptiveFlowState) => Effect.sync(() => times.push(state.time))
      const end = yield* adaptiveFlow({ ...quadratic(0.01), maxStep: 0.5, maxSteps: 30, onStep })
      assert.strictEqual(end.outcome, "Exhausted")
      assert.strictEqual(end.steps, 30)
      assert.isTrue(times.every((time, i) => i === 0 || time - times[i - 1]! <= 0.5 + 1e-12))
      assert.isAbove(end.time, 10)
    })
  )

  it.effect("gives the same bits when it is killed after any step and resumed from a copy of its state", () =>
    Effect.gen(function* () {
      const states: Array<AdaptiveFlowState> = []
      const whole = yield* adaptiveFlow({ ...toy, onStep: (state) => Effect.sync(() => states.push(state)) })
      assert.isAbove(states.length, 10)
      for (const state of states) {
        const resumed = yield* adaptiveFlow({ ...toy, resume: [structuredClone(state)] })
        assert.deepStrictEqual(bits(resumed), bits(whole), `from step ${state.step}`)
      }
    })
  )

  it.effect("goes on from a shorter flow to the bits of a flow from the start", () =>
    Effect.gen(function* () {
      const whole = yield* adaptiveFlow(toy)
      for (const shorter of [{ threshold: 1e-4 }, { maxSteps: 7 }, { maxTime: 0.7 * whole.time }]) {
        const { state } = yield* adaptiveFlow({ ...toy, ...shorter })
        assert.isAbove(state.step, 0)
        assert.deepStrictEqual(bits(yield* adaptiveFlow({ ...toy, resume: [state] })), bits(whole))
      }
    })
  )
})
