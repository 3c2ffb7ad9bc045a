/**
 * What the stages that train have in common: how the state of a run is saved, what is reported of it, and what is stored of
 * its end. Knows nothing of how steps are made.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Checkpoint } from "../src/pipeline/Checkpoint.ts"
import { Progress } from "../src/pipeline/Progress.ts"
import { type Named, split, zeros } from "../src/runtime/flat.ts"
import type { FloatDType } from "../src/tensor/DType.ts"
import { type FloatArray, floats, tensor } from "../src/tensor/Tensor.ts"
import type { DescentState } from "../src/train/DescentState.ts"
import { type DescentOptions, gradientDescent } from "../src/train/gradientDescent.ts"
import { lossFraction } from "../src/train/lossFraction.ts"
import type { Outcome } from "../src/train/Outcome.ts"
import type { Descent } from "./artifacts.ts"
import { tensors } from "./parts.ts"

const Saved = Artifact.make("DescentState", {
  step: Schema.Int,
  touchStep: Schema.Int,
  arrays: tensors
})

const save = ({ step, touchStep, ...arrays }: DescentState): Artifact.Value<typeof Saved> => ({
  step,
  touchStep,
  arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor([array.length], array)]))
})

const load = ({ step, touchStep, arrays }: Artifact.Value<typeof Saved>): DescentState => {
  const at = (name: string) => floats(arrays[name]!)
  return {
    step,
    touchStep,
    theta: at("theta"),
    previousTheta: at("previousTheta"),
    losses: at("losses"),
    touchTheta: at("touchTheta"),
    snapshotSteps: at("snapshotSteps") as Float64Array,
    snapshotThetas: at("snapshotThetas")
  }
}

export interface TrainOptions<E, R>
  extends Omit<DescentOptions<E, R, never, never>, "resume" | "onChunk" | "dimension"> {
  readonly parameters: ReadonlyArray<Named>
  readonly dtype: FloatDType
  readonly dimension: number // p
  readonly ratio: number
  /** Of the flow that gave the critical rate. */
  readonly flowOutcome: Outcome
  /** η S below which a quadratic is stable. */
  readonly stableBelow: number
  /** L of all samples is calculated at multiples of `every` alone, and by `loss` where a run ends between them. */
  readonly judge?: {
    readonly every: number
    readonly loss: (weights: FloatArray) => Effect.Effect<number, E, R>
  }
}

/** Makes a run from where an earlier one was interrupted, saves it on the way, and gives what is stored of it. */
export const descended = <E, R>(options: TrainOptions<E, R>) =>
  Effect.gen(function* () {
    const { parameters, dtype, dimension, ratio, flowOutcome, stableBelow, judge, ...run } = options
    const { learningRate, threshold, maxSteps } = run
    const checkpoint = yield* Checkpoint
    const progress = yield* Progress
    const descent = yield* gradientDescent({
      ...run,
      dimension,
      resume: (yield* checkpoint.restore(Saved)).map(load),
      onChunk: (state) => {
        const loss = state.losses.at(-1)!
        return Effect.andThen(
          progress.report({
            steps: state.step,
            fraction: Math.max(state.step / maxSteps, lossFraction(state.losses[0]!, loss, threshold)),
            numbers: { loss }
          }),
          checkpoint.offer(Saved, () => save(state))
        )
      }
    })
    yield* checkpoint.leave(Saved, save(descent.state))
    const { theta, steps, losses, snapshots } = descent
    const kept = zeros(snapshots.length * dimension, dtype)
    for (const [i, snapshot] of snapshots.entries()) kept.set(snapshot.theta, i * dimension)
    const made: Artifact.Value<typeof Descent> = {
      ratio,
      flowOutcome,
      learningRate,
      stableBelow,
      outcome: descent.outcome,
      steps,
      loss: judge === undefined || steps % judge.every === 0 ? descent.loss : yield* judge.loss(theta),
      weights: split(theta, parameters),
      losses: { losses: tensor([losses.length], losses) },
      judgeEvery: judge?.every ?? 1,
      snapshotSteps: snapshots.map(({ step }) => step),
      snapshots: { theta: tensor([snapshots.length, dimension], kept) }
    }
    return made
  })
