/**
 * The trade-off between norm and sharpness in two settings: a diagonal network whose every number is known, and a small
 * network on MNIST. From one start each: gradient flow to the loss threshold, then gradient descent to the same
 * threshold at many learning rates, and what was reached there.
 */
import * as Schema from "effect/Schema"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { followFlow } from "../stages/followFlow.ts"
import { initialise } from "../stages/initialise.ts"
import { measure } from "../stages/measure.ts"
import { prepareData } from "../stages/prepareData.ts"
import { traceSharpness } from "../stages/traceSharpness.ts"

/** η / η_c, as in the table of the toy model: below 1 flow-aligned, above at the edge of stability, from 2 divergent. */
const DIAGONAL_RATIOS = [0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.95, 2.05]
const RATIOS = [0.1, 0.2, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.6, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]

export default Pipeline.make("quickstart", {
  params: { train: Schema.Int, threshold: Schema.Finite, rates: Schema.Int },
  defaults: { train: 1_000, threshold: 0.01, rates: 30 },
  build: ({ train, threshold, rates }) => {
    const diagonal = (() => {
      const data = prepareData({ source: { kind: "point" } })
      const model = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
      const start = initialise({ model, seed: 0 })
      const flow = followFlow({ data, model, start, threshold: 1e-10, alpha: 0.05, measureEvery: 1, maxSteps: 10_000, tolerance: 1e-6 })
      const runs = DIAGONAL_RATIOS.map((ratio) => {
        const path = descend({ data, model, start, flow, ratio, threshold: 1e-10, maxSteps: 400_000, snapshotSteps: [] })
        return measure({ data, model, path, tolerance: 1e-6 })
      })
      return { runs }
    })()
    const data = prepareData({ source: { kind: "mnist", train, test: 10_000, scaling: "centered" } })
    const model = buildModel({ data, architecture: { kind: "mlp", widths: [64, 64], activation: "tanh" }, loss: "mse", dtype: "float32" })
    const start = initialise({ model, seed: 0 })
    const flow = followFlow({ data, model, start, threshold, alpha: 1.5, measureEvery: 20, maxSteps: 20_000, tolerance: 1e-3 })
    const ratios = RATIOS.slice(0, rates)
    const paths = ratios.map((ratio) => descend({ data, model, start, flow, ratio, threshold, maxSteps: 20_000, snapshotSteps: [] }))
    const runs = paths.map((path) => measure({ data, model, path, tolerance: 1e-3 }))
    const trace = traceSharpness({ data, model, path: paths[0]!, tolerance: 1e-3 })
    return Object.fromEntries([...diagonal.runs, ...runs, trace].map((ref, i) => [`t${i}`, ref]))
  }
})
