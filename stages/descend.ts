/**
 * Full-batch gradient descent w ← w − η ∇L(w) until the loss stays below the threshold.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Checkpoint } from "../src/pipeline/Checkpoint.ts"
import { Progress } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join, split, zeros } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { floats, tensor } from "../src/tensor/Tensor.ts"
import type { DescentState } from "../src/train/DescentState.ts"
import { gradientDescent } from "../src/train/gradientDescent.ts"
import { lossFraction } from "../src/train/lossFraction.ts"
import { Dataset, Descent, Flow, Model, Weights } from "./artifacts.ts"
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

export const descend = Stage.make("descend", {
  takes: {
    data: Dataset,
    model: Model,
    start: Weights,
    flow: Flow,
    ratio: Schema.Finite, // η / η_c
    threshold: Schema.Finite,
    maxSteps: Schema.Int,
    /** Steps at which the weights are kept. */
    snapshotSteps: Schema.Array(Schema.Int)
  },
  makes: Descent,
  device: true,
  extends: ["threshold", "maxSteps"],
  layer: layerOnnx(),
  run: Effect.fn("descend")(function* ({ data, model, start, flow, ratio, threshold, maxSteps, snapshotSteps }) {
    const checkpoint = yield* Checkpoint
    const progress = yield* Progress
    const objective = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const learningRate = ratio * flow.criticalRate // η
    const descent = yield* gradientDescent({
      descend: objective.descend,
      start: join(start.weights, model.parameters, model.dtype),
      learningRate,
      threshold,
      maxSteps,
      chunk: model.chunk,
      snapshotSteps,
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
    const { theta, losses, snapshots } = descent
    const kept = zeros(snapshots.length * objective.dimension, model.dtype)
    for (const [i, snapshot] of snapshots.entries()) kept.set(snapshot.theta, i * objective.dimension)
    return {
      ratio,
      learningRate,
      outcome: descent.outcome,
      steps: descent.steps,
      loss: descent.loss,
      weights: split(theta, model.parameters),
      losses: { losses: tensor([losses.length], losses) },
      snapshotSteps: snapshots.map(({ step }) => step),
      snapshots: { theta: tensor([snapshots.length, objective.dimension], kept) }
    }
  }, Effect.scoped)
})
