/** The driver of gradient descent: rates, endings, weights at the step of the ending, and resuming. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { FloatArray } from "../../../src/tensor/Tensor.ts"
import type { DescentState } from "../../../src/train/DescentState.ts"
import { type Descend, type DescentOptions, gradientDescent } from "../../../src/train/gradientDescent.ts"
import * as network from "../../support/diagonalNetwork.ts"

/** Steps on ½ Σ λᵢ wᵢ², by the plain rule. */
const quadratic =
  (...curvatures: ReadonlyArray<number>): Descend<never, never> =>
  (theta, learningRate, steps) =>
    Effect.sync(() => {
      const w = theta.slice()
      const losses = w instanceof Float32Array ? new Float32Array(steps) : new Float64Array(steps)
      for (let step = 0; step < steps; step++) {
        losses[step] = curvatures.reduce((sum, curvature, i) => sum + 0.5 * curvature * w[i]! ** 2, 0)
        curvatures.forEach((curvature, i) => {
          w[i]! -= learningRate * curvature * w[i]!
        })
      }
      return { theta: w, losses }
    })

/** One weight whose loss at step k is `losses[k]`, whatever the learning rate: w counts the steps. */
const scripted =
  (losses: (step: number) => number): Descend<never, never> =>
  (theta, _, steps) =>
    Effect.succeed({
      theta: Float64Array.of(theta[0]! + steps),
      losses: Float64Array.from({ length: steps }, (_, i) => losses(theta[0]! + i))
    })

type Options = Partial<DescentOptions<never, never, never, never>>

const run = (descend: Descend<never, never>, options: Options = {}) =>
  gradientDescent({
    descend,
    start: Float64Array.of(1),
    learningRate: 0.1,
    threshold: 1e-6,
    maxSteps: 1000,
    chunk: 7,
    ...options
  })
const play = (losses: (step: number) => number, options: Options = {}) =>
  run(scripted(losses), { start: Float64Array.of(0), threshold: 1, patience: 3, maxSteps: 40, ...options })

/** Everything of a result but its state, in a form in which every bit is compared. */
const bits = ({ state, ...rest }: Effect.Success<ReturnType<typeof run>>) => rest

describe("gradientDescent", () => {
  it.effect("converges on a quadratic at 1.9/λ and grows at 2.1/λ", () =>
    Effect.gen(function* () {
      const curvature = 4
      const stable = yield* run(quadratic(curvature, 1), {
        start: Float64Array.of(1, 1),
        learningRate: 1.9 / curvature
      })
      assert.strictEqual(stable.outcome, "Converged")
      const unstable = yield* run(quadratic(curvature, 1), {
        start: Float64Array.of(1, 1),
        learningRate: 2.1 / curvature
      })
      assert.strictEqual(unstable.outcome, "Diverged")
    })
  )

  it.effect("follows the exact solution w (1 − η λ)^k", () =>
    Effect.gen(function* () {
      const end = yield* run(quadratic(2), { learningRate: 0.1, maxSteps: 20, threshold: 0 })
      assert.strictEqual(end.outcome, "Exhausted")
      assert.strictEqual(end.steps, 20)
      end.losses.forEach((loss, k) => {
        assert.closeTo(loss / 0.8 ** (2 * k), 1, 1e-13)
      })
      assert.closeTo(end.theta[0]! / 0.8 ** 20, 1, 1e-13)
    })
  )

  it.effect("stops at the last of `patience` steps below the threshold, wherever in a chunk that is", () =>
    Effect.gen(function* () {
      for (let at = 0; at < 20; at++) {
        const end = yield* play((step) => (step >= at ? 0.5 - step / 1000 : 4))
        assert.strictEqual(end.outcome, "Converged", `at ${at}`)
        assert.strictEqual(end.steps, at + 2)
        assert.strictEqual(end.theta[0], at + 2)
        assert.strictEqual(end.loss, 0.5 - (at + 2) / 1000)
        assert.strictEqual(end.losses.length, at + 3)
      }
    })
  )

  it.effect("returns the weights and the loss after maxSteps steps when nothing else ends the run", () =>
    Effect.gen(function* () {
      for (const maxSteps of [0, 1, 6, 7, 8, 20, 21]) {
        const end = yield* play((step) => 5 - step / 100, { maxSteps })
        assert.strictEqual(end.outcome, "Exhausted")
        assert.strictEqual(end.theta[0], maxSteps)
        assert.strictEqual(end.loss, 5 - maxSteps / 100)
        assert.strictEqual(end.losses.length, maxSteps + 1)
      }
    })
  )

  it.effect("is unstable where the threshold was touched and left, and returns the first touch", () =>
    Effect.gen(function* () {
      for (let touch = 0; touch < 16; touch++) {
        const dips = (step: number) => (step === touch || step === touch + 1 || step === touch + 9 ? 0.5 : 3)
        const end = yield* play(dips)
        assert.strictEqual(end.outcome, "Unstable", `touch ${touch}`)
        assert.strictEqual(end.steps, touch)
        assert.strictEqual(end.theta[0], touch)
        assert.strictEqual(end.loss, 0.5)
        assert.strictEqual(end.losses.length, 41)
      }
    })
  )

  it.effect("fails where the loss is no number before any step (StartNotFinite)", () =>
    Effect.gen(function* () {
      for (const [loss, said] of [
        [Number.NaN, "NaN"],
        [Number.POSITIVE_INFINITY, "Infinity"]
      ] as const) {
        const error = yield* Effect.flip(play(() => loss))
        assert.strictEqual(error._tag, "StartNotFinite")
        assert.include(error.message, `the loss of the weights at the start is ${said}, expected a finite number`)
      }
    })
  )

  it.effect("converges when a later touch is held", () =>
    Effect.gen(function* () {
      const end = yield* play((step) => (step === 2 || step >= 15 ? 0.5 : 3))
      assert.strictEqual(end.outcome, "Converged")
      assert.strictEqual(end.steps, 17)
    })
  )

  it.effect("is exhausted, not unstable, while the first touch is still held at the last step", () =>
    Effect.gen(function* () {
      const end = yield* play((step) => (step >= 39 ? 0.5 : 3))
      assert.strictEqual(end.outcome, "Exhausted")
      assert.strictEqual(end.steps, 40)
      assert.strictEqual(end.loss, 0.5)
    })
  )

  it.effect("returns the last weights before a divergence, wherever in a chunk that is", () =>
    Effect.gen(function* () {
      for (let at = 1; at < 20; at++) {
        const end = yield* play((step) => (step >= at ? Number.NaN : 5 - step / 100))
        assert.strictEqual(end.outcome, "Diverged", `at ${at}`)
        assert.strictEqual(end.steps, at - 1)
        assert.strictEqual(end.theta[0], at - 1)
        assert.strictEqual(end.loss, 5 - (at - 1) / 100)
        assert.strictEqual(end.losses.length, at + 1)
        assert.isNaN(end.losses[at])
      }
    })
  )

  it.effect("lets divergence end a run that had touched the threshold", () =>
    Effect.gen(function* () {
      const end = yield* play((step) => (step === 2 ? 0.5 : step >= 12 ? 1e9 : 3))
      assert.strictEqual(end.outcome, "Diverged")
      assert.strictEqual(end.steps, 11)
    })
  )

  it.effect("keeps the weights at the asked steps that the run reaches", () =>
    Effect.gen(function* () {
      const snapshotSteps = [30, 0, 6, 7, 13, 14, 15, 15, 1000]
      const end = yield* play((step) => (step >= 20 ? 0.5 : 4), { snapshotSteps })
      assert.strictEqual(end.steps, 22)
      assert.deepStrictEqual(
        end.snapshots.map(({ step, theta }) => [step, theta[0]]),
        [0, 6, 7, 13, 14, 15].map((step) => [step, step])
      )
      const diverged = yield* play((step) => (step >= 14 ? Number.NaN : 4), { snapshotSteps })
      assert.deepStrictEqual(
        diverged.snapshots.map(({ step }) => step),
        [0, 6, 7, 13]
      )
    })
  )

  it.effect("keeps single precision", () =>
    Effect.gen(function* () {
      const end = yield* run(quadratic(1), { start: Float32Array.of(1), snapshotSteps: [3] })
      assert.instanceOf(end.theta, Float32Array)
      assert.instanceOf(end.losses, Float32Array)
      assert.instanceOf(end.snapshots[0]!.theta, Float32Array)
    })
  )

  it.effect("reports at every multiple of the chunk that it passes, and nowhere else", () =>
    Effect.gen(function* () {
      const steps: Array<number> = []
      const end = yield* play((step) => (step >= 17 ? 0.5 : 4), {
        onChunk: (state) =>
          Effect.sync(() => {
            steps.push(state.step)
            assert.strictEqual(state.losses.length, state.step)
          })
      })
      assert.deepStrictEqual(steps, [7, 14])
      assert.strictEqual(end.state.step, 14)
    })
  )

  it.effect("gives the same bits when it is killed at any chunk and resumed from a copy of its state", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [string, Options]> = [
        ["Converged", { learningRate: 1.3 * 0.25442, maxSteps: 2000 }],
        ["Unstable", { learningRate: 1.9 * 0.25442, maxSteps: 9000 }],
        ["Diverged", { learningRate: 2 * 0.25442, maxSteps: 2000, chunk: 3 }],
        ["Exhausted", { learningRate: 1.1 * 0.25442, maxSteps: 333 }]
      ]
      for (const [outcome, options] of cases) {
        const all: Options = {
          start: network.start,
          threshold: 1e-10,
          chunk: 100,
          snapshotSteps: [0, 5, 250, 300, 301, 7500],
          ...options
        }
        const states: Array<DescentState> = []
        const whole = yield* run(network.descend, { ...all, onChunk: (state) => Effect.sync(() => states.push(state)) })
        assert.strictEqual(whole.outcome, outcome)
        assert.isAbove(states.length, 1)
        for (const state of states.map((saved) => structuredClone(saved))) {
          let called = 0
          const counted: Descend<never, never> = (theta, rate, steps) => {
            called += steps
            return network.descend(theta, rate, steps)
          }
          const resumed = yield* run(counted, { ...all, resume: [state] })
          assert.deepStrictEqual(bits(resumed), bits(whole), `${outcome} from step ${state.step}`)
          assert.isAtMost(called, whole.losses.length - state.step + 3 * all.chunk!, `${outcome} from ${state.step}`)
        }
      }
    })
  )

  it.effect("makes each step twice at most, however many weights it keeps", () =>
    Effect.gen(function* () {
      const all = {
        maxSteps: 40,
        chunk: 20,
        threshold: 0,
        snapshotSteps: Array.from({ length: 41 }, (_, step) => step)
      }
      let called = 0
      const counted: Descend<never, never> = (theta, rate, steps) => {
        called += steps
        return quadratic(2)(theta, rate, steps)
      }
      const { snapshots, theta, losses } = yield* run(counted, all)
      assert.isAtMost(called, 2 * losses.length)
      assert.deepStrictEqual(theta, (yield* run(quadratic(2), { ...all, snapshotSteps: [] })).theta)
      for (const { step, theta: kept } of snapshots) assert.closeTo(kept[0]! / 0.8 ** step, 1, 1e-13, `step ${step}`)
      assert.strictEqual(snapshots.length, 41)
    })
  )

  it.effect("does not change a state that it handed out", () =>
    Effect.gen(function* () {
      const pairs: Array<readonly [DescentState, DescentState]> = []
      yield* run(network.descend, {
        start: network.start,
        learningRate: 1.9 * 0.25442,
        threshold: 1e-10,
        maxSteps: 9000,
        chunk: 500,
        snapshotSteps: [0, 600, 7000],
        onChunk: (state) => Effect.sync(() => pairs.push([state, structuredClone(state)]))
      })
      for (const [state, copy] of pairs) assert.deepStrictEqual(plain(state), plain(copy))
    })
  )

  it.effect(
    "goes on from a shorter run, or from one with a larger threshold, to the bits of a run from the start",
    () =>
      Effect.gen(function* () {
        const base: Options = { start: network.start, learningRate: 1.2 * 0.25442, chunk: 50 }
        const far: Options = { ...base, threshold: 1e-10, maxSteps: 2000 }
        const whole = yield* run(network.descend, far)
        for (const shorter of [
          { maxSteps: 260, threshold: 1e-10 },
          { maxSteps: 2000, threshold: 1e-6 }
        ]) {
          const { state } = yield* run(network.descend, { ...base, ...shorter })
          assert.isAbove(state.step, 100)
          let called = 0
          const counted: Descend<never, never> = (theta, rate, steps) => {
            called += steps
            return network.descend(theta, rate, steps)
          }
          assert.deepStrictEqual(bits(yield* run(counted, { ...far, resume: [state] })), bits(whole))
          assert.isBelow(called, whole.steps)
        }
      })
  )

  it.effect("begins at the start where a state does not serve, to the same result", () =>
    Effect.gen(function* () {
      const touches = (step: number) => (step === 3 ? 0.5 : step >= 25 ? 0.4 : 4)
      const { state } = yield* play(touches, { maxSteps: 20 })
      assert.strictEqual(state.step, 14)
      const cases: Readonly<Record<string, Options>> = {
        "the run is shorter": { maxSteps: 10 },
        "the run had ended before": { patience: 1 },
        "the first touch was earlier": { threshold: 5, patience: 30 },
        "chunks are cut elsewhere": { chunk: 5 },
        "a snapshot is missing": { snapshotSteps: [2] }
      }
      for (const [why, options] of Object.entries(cases)) {
        const calls: Array<number> = []
        const watched: Descend<never, never> = (theta, rate, steps) => {
          calls.push(theta[0]!)
          return scripted(touches)(theta, rate, steps)
        }
        const all = { start: Float64Array.of(0), threshold: 1, patience: 3, maxSteps: 40, ...options }
        const resumed = yield* run(watched, { ...all, resume: [state] })
        assert.deepStrictEqual(bits(resumed), bits(yield* run(scripted(touches), all)), why)
        assert.strictEqual(calls[0], 0, why)
      }
    })
  )

  it.effect("passes on the failure of a step", () =>
    Effect.gen(function* () {
      const failing = gradientDescent({
        descend: () => Effect.fail("no memory" as const),
        start: Float64Array.of(1),
        learningRate: 1,
        threshold: 0,
        maxSteps: 10,
        chunk: 5
      })
      assert.strictEqual(yield* Effect.flip(failing), "no memory")
    })
  )
})

const plain = (state: DescentState) =>
  Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, typeof value === "number" ? value : [...(value as FloatArray)]])
  )
