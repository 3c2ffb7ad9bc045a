/**
 * The sharpness at the kept steps of a run and where it stopped, beside its losses.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Checkpoint } from "../src/pipeline/Checkpoint.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { Progress, warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { thin } from "../src/report/figures/thin.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { cutOff, sharpness } from "../src/spectral/sharpness.ts"
import type { Guess } from "../src/spectral/warmStart.ts"
import { floats, tensor } from "../src/tensor/Tensor.ts"
import { Dataset, Descent, Model, Trace, TracePoint } from "./artifacts.ts"
import { layerOnDevice } from "./device.ts"
import { tensors } from "./parts.ts"

/** At most this many points of a loss curve are kept: every step would be more than a figure can show. */
const MOST_LOSSES = 600

const Saved = Artifact.make("TraceState", {
  /** At the first places. */
  sharpnesses: Schema.Array(TracePoint),
  /** What the next search starts near: eigenvalues, and eigenvectors by their place among them. */
  values: Schema.Array(Schema.Finite),
  vectors: tensors
})

const save = (guesses: ReadonlyArray<Guess>) => ({
  values: guesses.map(({ value }) => value),
  vectors: Object.fromEntries(guesses.map(({ vector }, i) => [`${i}`, tensor([vector.length], vector)] as const))
})

const load = ({ values, vectors }: Artifact.Value<typeof Saved>): ReadonlyArray<Guess> =>
  values.map((value, i) => ({ value, vector: floats(vectors[`${i}`]!) as Float64Array }))

export const traceSharpness = Stage.make("traceSharpness", {
  takes: {
    data: Dataset,
    model: Model,
    path: Descent,
    tolerance: Numbers.Positive,
    /**
     * From where each search starts: `cold` from a random vector, and nothing may be larger by more than the tolerance; `warm`
     * from what the one before found, with two to three times fewer products where its step is near, and nothing may be
     * larger by half. Both but with a probability of 0.01.
     */
    search: Schema.Literals(["cold", "warm"])
  },
  makes: Trace,
  device: true,
  layer: layerOnDevice,
  run: Effect.fn("traceSharpness")(function* ({ data, model, path, tolerance, search }) {
    const checkpoint = yield* Checkpoint
    const progress = yield* Progress
    const objective = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const { dimension } = objective
    const thetas = floats(path.snapshots["theta"]!) // [snapshots, p]
    const kept = path.snapshotSteps.map((step, i) => ({
      step,
      theta: thetas.subarray(i * dimension, (i + 1) * dimension)
    }))
    const end = { step: path.steps, theta: join(path.weights, model.parameters, model.dtype) }
    const places = [...kept.filter(({ step }) => step !== end.step), end].sort((a, b) => a.step - b.step)
    const [saved] = yield* checkpoint.restore(Saved)
    const sharpnesses = [...(saved?.sharpnesses ?? [])]
    let guesses = saved === undefined ? [] : load(saved)
    for (const { step, theta } of places.slice(sharpnesses.length)) {
      const found = yield* sharpness({
        ...(yield* objective.operator(theta)),
        tolerance,
        low: false,
        ...(guesses.length === 0 ? {} : { near: { guesses, seed: step } })
      })
      const { high, products, converged } = found
      if (search === "warm") guesses = found.guesses
      if (!converged) yield* warn(`step ${step}: ${cutOff(high, products)}`)
      sharpnesses.push({ step, sharpness: high.value, residual: high.residual, products, converged })
      const fraction = sharpnesses.length / places.length
      yield* progress.report({ fraction, numbers: { sharpness: high.value } })
      yield* checkpoint.offer(Saved, () => ({ sharpnesses, ...save(guesses) }))
    }
    const losses = Array.from(floats(path.losses["losses"]!), (loss, step) => ({ step, loss }))
    const judged = losses.filter(({ step, loss }) => step % path.judgeEvery === 0 && Number.isFinite(loss))
    return {
      search,
      ratio: path.ratio,
      flowOutcome: path.flowOutcome,
      learningRate: path.learningRate,
      stableBelow: path.stableBelow,
      losses: thin(judged, ({ loss }) => loss, MOST_LOSSES),
      sharpnesses
    }
  }, Effect.scoped)
})
