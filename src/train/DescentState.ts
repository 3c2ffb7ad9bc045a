/**
 * What has to be kept of a run of gradient descent to go on with it: numbers and typed arrays, nothing else, so that any
 * codec can store it. A state is never changed after it was handed out.
 */
import type { FloatArray } from "../tensor/Tensor.ts"
import { nothingSeen, observe, type StoppingRule } from "./stopping.ts"

export interface DescentState {
  /** Steps made: a multiple of the chunk. */
  readonly step: number
  /** The point after these steps: weights, and what the optimizer remembers. Shape [(1 + memory) · p] */
  readonly theta: FloatArray
  /** The point one chunk earlier, in case the next loss tells that the run had diverged. Shape as `theta` */
  readonly previousTheta: FloatArray
  /** L before every step. Shape [step] */
  readonly losses: FloatArray
  /** The first step with a loss at or below the threshold; without meaning while `touchTheta` is empty. */
  readonly touchStep: number
  /** The point there. Shape as `theta`, or [0] if there was no such step */
  readonly touchTheta: FloatArray
  /** Ascending. Shape [s] */
  readonly snapshotSteps: Float64Array
  /** The weights there, one after the other. Shape [s · p] */
  readonly snapshotThetas: FloatArray
}

export const startingState = (start: FloatArray): DescentState => ({
  step: 0,
  theta: start,
  previousTheta: start,
  losses: start.slice(0, 0),
  touchStep: 0,
  touchTheta: start.slice(0, 0),
  snapshotSteps: new Float64Array(),
  snapshotThetas: start.slice(0, 0)
})

export const withTouch = (state: DescentState, step: number, theta: FloatArray): DescentState => ({
  ...state,
  touchStep: step,
  touchTheta: theta
})

/** With further snapshots behind those that are there: many at once, since all of them are copied. */
export const withSnapshots = (
  state: DescentState,
  added: ReadonlyArray<{ readonly step: number; readonly theta: FloatArray }>
): DescentState => {
  if (added.length === 0) return state
  const size = added.reduce((total, { theta }) => total + theta.length, state.snapshotThetas.length)
  const thetas = state.theta instanceof Float32Array ? new Float32Array(size) : new Float64Array(size)
  thetas.set(state.snapshotThetas)
  let end = state.snapshotThetas.length
  for (const { theta } of added) {
    thetas.set(theta, end)
    end += theta.length
  }
  const snapshotSteps = Float64Array.of(...state.snapshotSteps, ...added.map(({ step }) => step))
  return { ...state, snapshotSteps, snapshotThetas: thetas }
}

/**
 * The state as a run with these settings passes through it, if it does: it lies on one of its chunk boundaries, the run
 * had not ended before, and the weights that the run keeps on the way are in it.
 */
export const onTheWay = (
  state: DescentState,
  rule: StoppingRule,
  run: {
    readonly maxSteps: number
    readonly chunk: number
    /** Ascending. */
    readonly snapshotSteps: ReadonlyArray<number>
  }
): DescentState | undefined => {
  const watch = observe(nothingSeen, state.losses, rule)
  const touched = state.touchTheta.length > 0 ? state.touchStep : undefined
  const snapshots = run.snapshotSteps.filter((step) => step < state.step)
  const passes =
    state.step <= run.maxSteps &&
    state.step % run.chunk === 0 &&
    watch.verdict === undefined &&
    (watch.firstTouch === touched || watch.firstTouch === undefined) &&
    snapshots.join() === [...state.snapshotSteps].join()
  if (!passes) return undefined
  // It touched the threshold of another run, and not yet the lower one of this.
  return watch.firstTouch === touched ? state : withTouch(state, 0, state.theta.slice(0, 0))
}
