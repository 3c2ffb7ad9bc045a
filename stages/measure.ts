/**
 * Norms, losses and sharpness at exactly the weights where a run stopped.
 */
import * as Effect from "effect/Effect"
import { l1, squaredL2 } from "../src/norms/norms.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { join } from "../src/runtime/flat.ts"
import { openObjective } from "../src/runtime/objective.ts"
import { cutOff, sharpness } from "../src/spectral/sharpness.ts"
import { Dataset, Descent, Measurement, Model } from "./artifacts.ts"
import { layerOnDevice } from "./device.ts"

/**
 * Above this share of the stable S · η a run met the threshold by accident: from 3 on, plain descent at least doubles with every
 * step what it is off along the top eigenvector. Between 2 and that a run can stay: the losses of networks are no quadratics, and
 * S · η of single steps of an oscillation was seen at 2.5.
 */
const MARGIN = 1.5

const NOTHING = {
  sharpness: null,
  residual: null,
  sharpnessLow: null,
  residualLow: null,
  converged: false,
  products: 0,
  stability: null,
  l1: null,
  l2Squared: null,
  trainLoss: null,
  testLoss: null,
  trainAccuracy: null,
  testAccuracy: null
}

export const measure = Stage.make("measure", {
  takes: {
    data: Dataset,
    model: Model,
    path: Descent,
    /** Relative, of the eigenvalues. */
    tolerance: Numbers.Positive
  },
  makes: Measurement,
  device: true,
  layer: layerOnDevice,
  run: Effect.fn("measure")(function* ({ data, model, path, tolerance }) {
    const { ratio, flowOutcome, learningRate, stableBelow, steps } = path
    const common = { ratio, flowOutcome, learningRate, stableBelow, steps, tolerance }
    if (path.outcome === "Diverged") return { ...common, outcome: path.outcome, ...NOTHING }
    const objective = yield* openObjective(model.graphs, model.parameters, model.dtype, data)
    const theta = join(path.weights, model.parameters, model.dtype)
    const losses = yield* objective.evaluate(theta)
    const operator = yield* objective.operator(theta)
    const { high, low, products, converged } = yield* sharpness({ ...operator, tolerance, low: true })
    if (!converged) yield* warn(cutOff(high, products))
    const stability = high.value * learningRate // S · η
    return {
      ...common,
      outcome: path.outcome === "Converged" && stability > MARGIN * stableBelow ? ("Unstable" as const) : path.outcome,
      sharpness: high.value,
      residual: high.residual,
      sharpnessLow: low?.value ?? null,
      residualLow: low?.residual ?? null,
      converged,
      products,
      stability,
      l1: l1(theta),
      l2Squared: squaredL2(theta),
      ...losses
    }
  }, Effect.scoped)
})
