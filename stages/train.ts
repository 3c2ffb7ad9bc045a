/**
 * Training by any optimizer, with the gradient of all samples or of batches, until the loss of all samples stays below the
 * threshold. `descend` makes plain steps with all samples faster, many in one run of a graph.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { guarded } from "../src/pipeline/guarded.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { stochastic } from "../src/train/batchGradient.ts"
import { descendBy } from "../src/train/descendBy.ts"
import { startingPoint } from "../src/train/Optimizer.ts"
import { batchesOf, OptimizerChoice, optimizerOf, SamplesChoice } from "../src/train/OptimizerChoice.ts"
import { CriticalRate, Dataset, Descent, Model, Weights } from "./artifacts.ts"
import { descended } from "./descents.ts"
import { layerOnDevice } from "./device.ts"

/** How many judgements on end a loss must stay below the threshold. */
const PATIENCE = 10

export const train = Stage.make("train", {
  takes: {
    data: Dataset,
    /** With `addBatches` of the same size, where batches are used. */
    model: Model,
    start: Weights,
    critical: CriticalRate,
    ratio: Numbers.Positive, // η / η_c, with the η_c of plain descent
    optimizer: OptimizerChoice,
    samples: SamplesChoice,
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
  run: Effect.fn("train")(function* (given) {
    const { data, model, ratio, samples, threshold, maxSteps, snapshotSteps } = given
    const { parameters, dtype } = model
    const optimizer = yield* guarded(() => optimizerOf(given.optimizer))
    const objective = yield* openObjective(model.graphs, parameters, dtype, data)
    const { gradient, batchGradient, dimension } = objective
    const learningRate = ratio * given.critical.rate // η
    const batches = samples === "all" ? undefined : yield* guarded(() => batchesOf(samples, data.trainCount))
    const every = samples === "all" ? 1 : samples.judgeEvery
    const lossOf = (weights: Parameters<typeof gradient>[0]) => Effect.map(gradient(weights), ({ loss }) => loss)
    const judge = { loss: lossOf, every }
    return yield* descended({
      ...(batches === undefined
        ? { descend: descendBy({ gradient, optimizer }) }
        : { descend: descendBy({ gradient: stochastic(batchGradient, batches), optimizer, judge }), judge }),
      start: startingPoint(optimizer, join(given.start.weights, parameters, dtype)),
      ...{ parameters, dtype, dimension },
      ...{
        ratio,
        flowOutcome: given.critical.flowOutcome,
        learningRate,
        stableBelow: optimizer.stableBelow(learningRate)
      },
      ...{ threshold, maxSteps, snapshotSteps },
      patience: (PATIENCE - 1) * every + 1, // ends at the last of so many judgements
      chunk: every * Math.ceil(model.chunk / every)
    })
  }, Effect.scoped)
})
