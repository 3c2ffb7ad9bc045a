/**
 * Follows a gradient flow with steps of any integrator, measures the sharpness on the way, and ends at the loss threshold.
 * Knows nothing of how a step is made or how long it is, of how a norm is computed, of files or of clocks.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"
import { type FlowPoint, type FlowState, lastPointOf, pointsOf, rowOf, startingFlow } from "./FlowState.ts"
import { furthest } from "./furthest.ts"
import { locateCrossing } from "./locateCrossing.ts"
import type { Outcome } from "./Outcome.ts"
import type { Slope } from "./rungeKutta.ts"
import { seriesFrom } from "./Series.ts"

export interface FollowOptions<S extends FlowState, E, R, E2, R2> {
  readonly gradient: (
    theta: FloatArray
  ) => Effect.Effect<{ readonly loss: number; readonly gradient: FloatArray }, E, R>
  /** S(w); must depend on w alone, or a resumed flow differs from an uninterrupted one. */
  readonly sharpness: (theta: FloatArray) => Effect.Effect<number, E, R>
  /** ‖w‖₁, noted wherever S is measured. */
  readonly l1: (theta: FloatArray) => number
  /** Its element type is the one in which `gradient`, `sharpness` and `l1` get their weights. Shape [p] */
  readonly start: FloatArray
  /** The loss at which the flow ends. */
  readonly threshold: number
  /** Steps from one measurement of S to the next. */
  readonly measureEvery: number
  /** The longest step, for where S is small. Default 1000 */
  readonly maxStep?: number
  readonly maxSteps: number
  /** Flow time at which the flow ends at the latest. Default none */
  readonly maxTime?: number
  /**
   * States of earlier flows that differ in `threshold`, `maxSteps` or `maxTime` at most. Only a shortcut: the result has
   * the same bits as one from `start`. The furthest that serves is used, the others are not.
   */
  readonly resume?: ReadonlyArray<S> | undefined
  /** Called after every step: the place to save the state and to report progress. */
  readonly onStep?: (state: S) => Effect.Effect<void, E2, R2>
}

export interface Flow<S extends FlowState = FlowState> {
  /** `Diverged` means that the steps were too long: the loss of a flow cannot rise. Never `Unstable`. */
  readonly outcome: Outcome
  readonly steps: number
  readonly time: number
  readonly theta: FloatArray // [p]
  readonly loss: number
  /** S at the start, its largest measured value, and S at the returned weights. */
  readonly sharpness: { readonly initial: number; readonly maximum: number; readonly end: number }
  /** The measured points; the first is the start, the last one the end. */
  readonly points: ReadonlyArray<FlowPoint>
  /** The last state on the way: where a longer flow goes on. */
  readonly state: S
}

/** Weights on the flow, with L and ∇L there. */
export interface Reached extends Slope {
  readonly theta: Float64Array // [p]
}

/** A step that an integrator made. */
export interface Stride<S, E, R> {
  readonly length: number
  readonly reached: Reached
  /** Shorter than the integrator would have liked, for the sake of the limit. */
  readonly cut: boolean
  /** The same step at another, shorter length. */
  readonly advance: (length: number) => Effect.Effect<Reached, E, R>
  /** What the integrator remembers of it. */
  readonly remember: (state: S) => S
}

/** A step of at most `limit` from where the flow is, or nothing where none can be made. */
export type Stepper<S, E, R> = (
  slope: (theta: Float64Array) => Effect.Effect<Slope, E, R>,
  here: Reached,
  state: S,
  limit: number
) => Effect.Effect<Stride<S, E, R> | undefined, E, R>

/** The run has diverged when the loss exceeds this many times the initial one. */
const divergence = 10

/**
 * Follows the flow until the loss is `threshold`, S measured at the start and then every `measureEvery` steps. The last
 * step is shortened so that the loss at the end is at most the threshold and within 1 % of it.
 */
export const follow = <S extends FlowState, E, R, E2 = never, R2 = never>(
  options: FollowOptions<S, E, R, E2, R2>,
  begin: (state: FlowState) => S,
  stepper: Stepper<S, E, R>
): Effect.Effect<Flow<S>, E | E2, R | R2> =>
  Effect.gen(function* () {
    const { start, threshold, measureEvery, maxSteps, onStep } = options
    const { maxStep = 1000, maxTime = Number.POSITIVE_INFINITY } = options
    const native = (theta: Float64Array): FloatArray =>
      start instanceof Float32Array ? new Float32Array(theta) : theta
    const slope = (theta: Float64Array) => options.gradient(native(theta))

    const resume = furthest(
      (options.resume ?? []).filter(
        ({ lowestLoss, step, time }) => lowestLoss > threshold && step <= maxSteps && time <= maxTime
      )
    )
    const first = resume?.theta ?? new Float64Array(start)
    let here: Reached = { theta: first, ...(yield* slope(first)) }
    let state = resume ?? begin(startingFlow(start, here.loss))
    const points = seriesFrom(state.points)

    const measure = (at: Place) =>
      Effect.gen(function* () {
        const known = lastPointOf(points.view())
        if (known?.step === at.step) return known.sharpness
        const weights = native(at.theta)
        const sharpness = yield* options.sharpness(weights)
        points.append(rowOf({ time: at.time, step: at.step, loss: at.loss, sharpness, l1: options.l1(weights) }))
        return sharpness
      })
    const end = (outcome: Outcome, at: Place) =>
      Effect.gen(function* () {
        const { time, step, loss, theta } = at
        yield* measure(at)
        const measured = pointsOf(points.view())
        const sharpness = {
          initial: measured[0]!.sharpness,
          maximum: measured.reduce((most, point) => Math.max(most, point.sharpness), Number.NEGATIVE_INFINITY),
          end: measured.at(-1)!.sharpness
        }
        return { outcome, steps: step, time, theta: native(theta), loss, sharpness, points: measured, state }
      })

    while (true) {
      const { step, time } = state
      const place: Place = { step, time, theta: here.theta, loss: here.loss }
      if (step % measureEvery === 0) {
        const sharpness = yield* measure(place)
        state = { ...state, sharpness, points: points.view() }
      }
      if (here.loss <= threshold) return yield* end("Converged", place)
      if (step >= maxSteps || time >= maxTime) return yield* end("Exhausted", place)

      const stride = yield* stepper(slope, here, state, Math.min(maxTime - time, maxStep))
      if (stride === undefined) return yield* end("Diverged", place)
      const { length, reached, advance } = stride
      if (!Number.isFinite(reached.loss) || reached.loss > divergence * state.initialLoss) {
        return yield* end("Diverged", place)
      }
      if (reached.loss <= threshold) {
        const last = yield* locateCrossing(advance, { length, reached }, here.loss, threshold)
        return yield* end("Converged", { step: step + 1, time: time + last.length, ...last.reached })
      }
      if (stride.cut && length === maxTime - time) {
        return yield* end("Exhausted", { step: step + 1, time: maxTime, ...reached })
      }
      state = stride.remember({
        ...state,
        step: step + 1,
        time: time + length,
        theta: reached.theta,
        lowestLoss: Math.min(state.lowestLoss, reached.loss),
        points: points.view()
      })
      here = reached
      if (onStep !== undefined) yield* onStep(state)
    }
  })

interface Place {
  readonly step: number
  readonly time: number
  readonly theta: Float64Array
  readonly loss: number
}
