/**
 * Gradient flow from the start to the loss threshold: what gradient descent does in the limit of small learning rates,
 * and what defines the critical one, η_c = 2 / S_max.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { l1, squaredL2 } from "../src/norms/norms.ts"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Checkpoint } from "../src/pipeline/Checkpoint.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { Progress, warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join, split } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { cutOff, sharpness } from "../src/spectral/sharpness.ts"
import { floats, tensor } from "../src/tensor/Tensor.ts"
import type { FlowState } from "../src/train/FlowState.ts"
import { gradientFlow } from "../src/train/gradientFlow.ts"
import { lossFraction } from "../src/train/lossFraction.ts"
import { Dataset, Flow, Model, Weights } from "./artifacts.ts"
import { layerOnDevice } from "./device.ts"
import { tensors } from "./parts.ts"

const Saved = Artifact.make("FlowState", {
  numbers: Schema.Struct({
    step: Schema.Int,
    time: Schema.Number,
    sharpness: Schema.Number,
    initialLoss: Schema.Number,
    lowestLoss: Schema.Number
  }),
  arrays: tensors
})

const save = ({ theta, points, ...numbers }: FlowState): Artifact.Value<typeof Saved> => ({
  numbers,
  arrays: { theta: tensor([theta.length], theta), points: tensor([points.length], points) }
})

const load = ({ numbers, arrays }: Artifact.Value<typeof Saved>): FlowState => ({
  ...numbers,
  theta: floats(arrays["theta"]!) as Float64Array,
  points: floats(arrays["points"]!) as Float64Array
})

export const followFlow = Stage.make("followFlow", {
  takes: {
    data: Dataset,
    model: Model,
    start: Weights,
    /** 0 is never reached: `maxSteps` are made. */
    threshold: Numbers.NonNegative,
    /** A step of the integrator is α / S. */
    alpha: Numbers.Positive,
    /** Steps of the integrator from one measurement of the sharpness to the next. */
    measureEvery: Numbers.Count,
    maxSteps: Numbers.Whole,
    /** Relative, of the sharpness. */
    tolerance: Numbers.Positive
  },
  makes: Flow,
  device: true,
  extends: ["threshold", "maxSteps"],
  layer: layerOnDevice,
  run: Effect.fn("followFlow")(function* ({ data, model, start, threshold, alpha, measureEvery, maxSteps, tolerance }) {
    const checkpoint = yield* Checkpoint
    const progress = yield* Progress
    const objective = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const theta = join(start.weights, model.parameters, model.dtype)
    const flow = yield* gradientFlow({
      gradient: objective.gradient,
      sharpness: (at) =>
        Effect.gen(function* () {
          const { high, products, converged } = yield* sharpness({
            ...(yield* objective.operator(at)),
            tolerance,
            low: false
          })
          if (!converged) yield* warn(cutOff(high, products))
          return high.value
        }),
      l1,
      start: theta,
      threshold,
      alpha,
      measureEvery,
      maxSteps,
      resume: (yield* checkpoint.restore(Saved)).map(load),
      onStep: (state) =>
        Effect.andThen(
          progress.report({
            steps: state.step,
            fraction: lossFraction(state.initialLoss, state.lowestLoss, threshold),
            numbers: { loss: state.lowestLoss, sharpness: state.sharpness }
          }),
          checkpoint.offer(Saved, () => save(state))
        )
    })
    yield* checkpoint.leave(Saved, save(flow.state))
    const { initial, maximum, end } = flow.sharpness
    const { trainLoss, testLoss, testAccuracy } = yield* objective.evaluate(flow.theta)
    if (flow.outcome !== "Converged")
      yield* warn(
        `${flow.outcome} after ${flow.steps} steps at loss ${flow.loss}, above the threshold ${threshold}: S_max is only the largest sharpness so far`
      )
    return {
      outcome: flow.outcome,
      threshold,
      steps: flow.steps,
      time: flow.time,
      loss: flow.loss,
      initialSharpness: initial,
      maximalSharpness: maximum,
      finalSharpness: end,
      criticalRate: 2 / maximum, // η_c
      l1: l1(flow.theta),
      l2Squared: squaredL2(flow.theta),
      trainLoss,
      testLoss,
      testAccuracy,
      points: flow.points,
      weights: split(flow.theta, model.parameters)
    }
  }, Effect.scoped)
})
