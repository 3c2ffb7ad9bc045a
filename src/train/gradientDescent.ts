/**
 * Gradient descent with a constant learning rate, w ← w − η ∇L(w), driven in chunks of many steps until a stopping rule
 * is met. Momentum and batches come with the `descend` that it is given (`descendBy`). Knows nothing of how a step is
 * computed, of files or of clocks: there is no limit in time, a caller who has one interrupts and resumes.
 */
import * as Effect from "effect/Effect"
import type { FloatArray } from "../tensor/Tensor.ts"
import { type DescentState, onTheWay, startingState, withSnapshots, withTouch } from "./DescentState.ts"
import { StartNotFinite } from "./Errors.ts"
import { furthest } from "./furthest.ts"
import type { Outcome } from "./Outcome.ts"
import { seriesFrom } from "./Series.ts"
import { leftAgain, nothingSeen, observe, type StoppingRule, type Watch } from "./stopping.ts"

/**
 * `steps` steps from `theta`, the first of them being step number `from` of the run; losses[i] is L *before* the i-th.
 * Leaves `theta` and what it returned before as they are, and is deterministic: the same call gives the same bits. A call
 * with fewer steps gives the same losses, and weights that are the same to rounding.
 */
export type Descend<E, R> = (
  theta: FloatArray,
  learningRate: number,
  steps: number,
  from?: number
) => Effect.Effect<{ readonly theta: FloatArray; readonly losses: FloatArray }, E, R>

export interface DescentOptions<E, R, E2, R2> {
  readonly descend: Descend<E, R>
  readonly start: FloatArray // [p], or a point with what the optimizer remembers [(1 + memory) · p]
  readonly learningRate: number // η
  /** Number of weights, p: they are the head of a point. Default all of it */
  readonly dimension?: number
  readonly threshold: number
  /** Default 10 */
  readonly patience?: number
  /** Default 10 */
  readonly divergence?: number
  /** Number of steps after which the run ends at the latest. */
  readonly maxSteps: number
  /** Steps in one call of `descend`; a run is only saved at multiples of it. */
  readonly chunk: number
  /** Steps at which the weights are kept. */
  readonly snapshotSteps?: ReadonlyArray<number>
  /**
   * States of earlier runs that differ in `maxSteps`, `threshold`, `patience` or `snapshotSteps` at most. Only a
   * shortcut: the result has the same bits as a run from `start`. The furthest that serves is used, the others are not.
   */
  readonly resume?: ReadonlyArray<DescentState> | undefined
  /** Called at every multiple of `chunk` that the run passes: the place to save the state and to report progress. */
  readonly onChunk?: (state: DescentState) => Effect.Effect<void, E2, R2>
}

export interface Descent {
  readonly outcome: Outcome
  /** The step of the returned weights. */
  readonly steps: number
  readonly theta: FloatArray // [p]
  /** The returned weights with what the optimizer remembers there: where another run may go on. */
  readonly point: FloatArray
  /** L at the returned weights: losses[steps]. */
  readonly loss: number
  /**
   * L before every step that was looked at. Ends with the returned weights, but for `Diverged`, where the loss that
   * gave it away follows, and for `Unstable`, where it goes on to `maxSteps`.
   */
  readonly losses: FloatArray
  /** In the order of steps; none that lies behind the returned weights of a `Diverged` run. */
  readonly snapshots: ReadonlyArray<{ readonly step: number; readonly theta: FloatArray }>
  /** The last state at a multiple of `chunk`: where a longer run goes on. */
  readonly state: DescentState
}

/**
 * Runs until the loss is at most `threshold` for `patience` consecutive steps, the run diverges, or `maxSteps` steps are
 * made; see `Outcome` for which weights are returned. Weights at a step inside a chunk are recovered by making the
 * steps from the chunk's start again, so they are exactly those of the run, and so is their loss. Those to keep are made by
 * going through the chunk a second time, from each to the next: keeping more changes nothing about the run.
 */
export const gradientDescent = <E, R, E2 = never, R2 = never>(
  options: DescentOptions<E, R, E2, R2>
): Effect.Effect<Descent, E | E2 | StartNotFinite, R | R2> =>
  Effect.gen(function* () {
    const { descend, learningRate, maxSteps, chunk, onChunk } = options
    const snapshotSteps = [...new Set(options.snapshotSteps)].sort((a, b) => a - b)
    const rule: StoppingRule = {
      threshold: options.threshold,
      patience: options.patience ?? 10,
      divergence: options.divergence ?? 10
    }
    const dimension = options.dimension ?? options.start.length
    const weights = (point: FloatArray) => (point.length === dimension ? point : point.slice(0, dimension))
    const lossesWanted = maxSteps + 1 // the last one is that of the weights after maxSteps steps
    let state =
      furthest(
        (options.resume ?? []).flatMap((earlier) => onTheWay(earlier, rule, { maxSteps, chunk, snapshotSteps }) ?? [])
      ) ?? startingState(options.start)
    let watch = observe(nothingSeen, state.losses, rule)
    const losses = seriesFrom(state.losses)

    while (true) {
      const from = state
      const pointAt = (step: number) =>
        step === from.step
          ? Effect.succeed(from.theta)
          : Effect.map(descend(from.theta, learningRate, step - from.step, from.step), ({ theta }) => theta)

      const ran = yield* descend(from.theta, learningRate, Math.min(chunk, lossesWanted - from.step), from.step)
      const seenBefore = watch.seen
      watch = observe(watch, ran.losses, rule)
      if (!Number.isFinite(watch.initial)) return yield* new StartNotFinite({ loss: String(watch.initial) })
      losses.append(ran.losses.subarray(0, watch.seen - seenBefore))
      const last = lastGoodStep(watch)
      let reached: { readonly step: number; readonly theta: FloatArray } = from
      const kept: Array<typeof reached> = []
      for (const step of snapshotSteps) {
        if (step < from.step || step > last) continue
        if (step > reached.step) {
          const { theta } = yield* descend(reached.theta, learningRate, step - reached.step, reached.step)
          reached = { step, theta }
        }
        kept.push({ step, theta: weights(reached.theta) })
      }
      state = withSnapshots(state, kept)
      const touch = watch.firstTouch
      if (watch.verdict === undefined && touch !== undefined && touch >= from.step) {
        state = withTouch(state, touch, yield* pointAt(touch))
      }

      if (watch.verdict !== undefined || watch.seen === lossesWanted) {
        const end = ending(watch, state)
        const before = from.step - chunk // where the chunk before this one began
        const point =
          end.point ??
          (end.steps >= from.step
            ? yield* pointAt(end.steps)
            : (yield* descend(from.previousTheta, learningRate, chunk - 1, before)).theta) // the step before this chunk
        const all = losses.view().slice()
        const { outcome, steps } = end
        return {
          outcome,
          steps,
          theta: weights(point),
          point,
          loss: all[steps]!,
          losses: all,
          snapshots: snapshotsOf(state, dimension),
          state: from
        }
      }
      state = {
        ...state,
        step: from.step + chunk,
        theta: ran.theta,
        previousTheta: from.theta,
        losses: losses.view()
      }
      if (onChunk !== undefined) yield* onChunk(state)
    }
  })

/** The last step whose weights may be returned. */
const lastGoodStep = ({ seen, verdict }: Watch): number => (verdict === "Diverged" ? Math.max(0, seen - 2) : seen - 1)

const ending = (
  watch: Watch,
  { touchStep, touchTheta }: DescentState
): { readonly outcome: Outcome; readonly steps: number; readonly point?: FloatArray } => {
  if (watch.verdict === undefined && leftAgain(watch)) {
    return { outcome: "Unstable", steps: touchStep, point: touchTheta }
  }
  return { outcome: watch.verdict ?? "Exhausted", steps: lastGoodStep(watch) }
}

const snapshotsOf = ({ snapshotSteps, snapshotThetas }: DescentState, dimension: number): Descent["snapshots"] =>
  Array.from(snapshotSteps, (step, i) => ({
    step,
    theta: snapshotThetas.slice(i * dimension, (i + 1) * dimension)
  }))
