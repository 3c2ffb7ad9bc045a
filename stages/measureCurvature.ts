/**
 * Curvature beside the sharpness, at the weights where a run stopped: its companion that does not change under rescaling,
 * the trace, and the density of the spectrum.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { density } from "../src/spectral/density.ts"
import { scaled } from "../src/spectral/operators.ts"
import { cutOff, sharpness } from "../src/spectral/sharpness.ts"
import { trace } from "../src/spectral/trace.ts"
import { Curvature, Dataset, Descent, Model } from "./artifacts.ts"
import { layerOnDevice } from "./device.ts"

export const measureCurvature = Stage.make("measureCurvature", {
  takes: {
    data: Dataset,
    model: Model,
    path: Descent,
    /** Relative, of the eigenvalue. */
    tolerance: Numbers.Positive,
    /** Random vectors for the trace. */
    probes: Numbers.Count,
    /** For the density: random vectors, and products with each; none where it is not wanted. */
    densityProbes: Numbers.Whole,
    densitySteps: Numbers.Count,
    seed: Schema.Int
  },
  makes: Curvature,
  device: true,
  layer: layerOnDevice,
  run: Effect.fn("measureCurvature")(function* (given) {
    const { data, model, path, tolerance, probes, densityProbes, densitySteps, seed } = given
    const { dimension, linearize } = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const theta = join(path.weights, model.parameters, model.dtype)
    const { multiply } = yield* linearize(theta)
    const companion = yield* sharpness({
      dimension,
      multiply: scaled(multiply, theta.map(Math.abs)),
      tolerance,
      low: false
    })
    if (!companion.converged) yield* warn(cutOff(companion.high, companion.products))
    const { value, standardError } = yield* trace({ dimension, multiply, probes, seed })
    const spectrum =
      densityProbes === 0
        ? { quadratures: [], products: 0 }
        : yield* density({ dimension, multiply, probes: densityProbes, steps: densitySteps, seed })
    return {
      scaled: { value: companion.high.value, residual: companion.high.residual },
      scaledConverged: companion.converged,
      trace: value,
      traceError: standardError ?? null,
      density: spectrum.quadratures.map(({ nodes, weights }) => ({ values: [...nodes], weights: [...weights] })),
      tolerance,
      products: companion.products + probes + spectrum.products
    }
  }, Effect.scoped)
})
