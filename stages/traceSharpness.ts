/**
 * The sharpness at the kept steps of a run, beside its losses.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Progress } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { layerOnnx } from "../src/runtime/onnxruntime.ts"
import { sharpness } from "../src/spectral/sharpness.ts"
import { floats } from "../src/tensor/Tensor.ts"
import { Dataset, Descent, Model, Trace } from "./artifacts.ts"

/** At most this many points of a loss curve are kept: every step would be more than a figure can show. */
const MOST_LOSSES = 600

/** Evenly spaced steps, the first and the last among them. */
const thinned = (count: number): ReadonlyArray<number> => {
  const most = Math.min(count, MOST_LOSSES)
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, most - 1)))
}

export const traceSharpness = Stage.make("traceSharpness", {
  takes: { data: Dataset, model: Model, path: Descent, tolerance: Schema.Finite },
  makes: Trace,
  device: true,
  layer: layerOnnx(),
  run: Effect.fn("traceSharpness")(function* ({ data, model, path, tolerance }) {
    const progress = yield* Progress
    const objective = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const { dimension } = objective
    const thetas = floats(path.snapshots["theta"]!) // [snapshots, p]
    const sharpnesses = yield* Effect.forEach(path.snapshotSteps, (step, i) =>
      Effect.gen(function* () {
        const { multiply } = yield* objective.linearize(thetas.subarray(i * dimension, (i + 1) * dimension))
        const { high } = yield* sharpness({ dimension, multiply, tolerance, low: false })
        yield* progress.report({ fraction: (i + 1) / path.snapshotSteps.length, numbers: { sharpness: high.value } })
        return { step, sharpness: high.value, residual: high.residual }
      })
    )
    const losses = floats(path.losses["losses"]!)
    const finite = thinned(losses.length).flatMap((step) =>
      Number.isFinite(losses[step]) ? [{ step, loss: losses[step]! }] : []
    )
    return { ratio: path.ratio, learningRate: path.learningRate, losses: finite, sharpnesses }
  }, Effect.scoped)
})
