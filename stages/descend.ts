/**
 * Full-batch gradient descent w ← w − η ∇L(w) until the loss stays below the threshold.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { CriticalRate, Dataset, Descent, Model, Weights } from "./artifacts.ts"
import { descended } from "./descents.ts"
import { layerOnDevice } from "./device.ts"

export const descend = Stage.make("descend", {
  takes: {
    data: Dataset,
    model: Model,
    start: Weights,
    critical: CriticalRate,
    ratio: Numbers.Positive, // η / η_c
    /** 0 is never reached: `maxSteps` are made. */
    threshold: Numbers.NonNegative,
    maxSteps: Numbers.Whole,
    /** Steps at which the weights are kept. */
    snapshotSteps: Schema.Array(Numbers.Whole)
  },
  makes: Descent,
  device: true,
  extends: ["threshold", "maxSteps"],
  layer: layerOnDevice,
  run: Effect.fn("descend")(function* ({ data, model, start, critical, ratio, threshold, maxSteps, snapshotSteps }) {
    const { parameters, dtype, chunk } = model
    const { dimension, descend: steps } = yield* openObjective(model.graphs, parameters, dtype, data)
    const learningRate = ratio * critical.rate // η
    return yield* descended({
      descend: steps,
      start: join(start.weights, parameters, dtype),
      ...{ parameters, dtype, dimension, chunk },
      ...{ ratio, flowOutcome: critical.flowOutcome, learningRate, stableBelow: 2 },
      ...{ threshold, maxSteps, snapshotSteps }
    })
  }, Effect.scoped)
})
