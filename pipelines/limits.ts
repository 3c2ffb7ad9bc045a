/**
 * Two limits of the learning rate on a diagonal network f(x) = ⟨w ⊙ w, x⟩ with one sample: where gradient descent leaves the
 * gradient flow, and where it diverges. A few rates to begin with; then, round by round, more of them where the end of
 * descent changes its kind. Near the second limit one weight alone is in motion: there descent is a cubic map, which stays
 * bounded exactly up to η = 1/(x₁ y).
 */
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as Sweep from "../src/pipeline/Sweep.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
import { followFlow } from "../stages/followFlow.ts"
import { initialise } from "../stages/initialise.ts"
import { locateLimits } from "../stages/locateLimits.ts"
import { measure } from "../stages/measure.ts"
import { prepareData } from "../stages/prepareData.ts"
import { tabulate } from "../stages/tabulate.ts"

/** The loss to reach, how the flow is followed, and how long descent may take: as in the quickstart. */
const HOW = { threshold: 1e-10, alpha: 0.05, measureEvery: 1, flowSteps: 100_000, steps: 100_000 }

export default Pipeline.make("limits", {
  params: {
    ratio: Sweep.axis(Numbers.Positive), // η / η_c
    tolerance: Numbers.Positive,
    parts: Numbers.integerFrom(2)
  },
  defaults: { ratio: [0.5, 1.5, 2.5], tolerance: 0.001, parts: 4 },
  refine: { ratio: { by: "limits", rounds: 10 } },
  build: ({ ratio, tolerance, parts }) => {
    const { threshold, alpha, measureEvery, flowSteps, steps } = HOW
    const data = prepareData({ source: { kind: "point" } })
    const model = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
    const start = initialise({ model, seed: 0 })
    const flow = followFlow({
      data,
      model,
      start,
      threshold,
      alpha,
      measureEvery,
      maxSteps: flowSteps,
      tolerance: 1e-6
    })
    const critical = findCriticalRate({ flow })
    const runs = Sweep.grid({ ratio }).map((cell) => {
      const path = descend({ data, model, start, critical, ...cell, threshold, maxSteps: steps, snapshotSteps: [] })
      return measure({ data, model, path, tolerance: 1e-6 })
    })
    return {
      limits: locateLimits({ flow, runs, tolerance, parts }),
      table: tabulate({ model: "diagonal", title: "Diagonal network on one sample", flow, runs })
    }
  }
})
