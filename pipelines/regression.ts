/**
 * Whether low norm, low sharpness or neither generalises best, on a diagonal network f(x) = ⟨u ⊙ v, x⟩ with fewer samples than
 * features: over many draws of the data, with a truth of many entries or, by `-S density=0.1`, of few. One draw alone may show
 * a test loss that is least in between, least at one end, or neither.
 */
import * as Schema from "effect/Schema"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as Sweep from "../src/pipeline/Sweep.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { drawSeeds } from "../stages/drawSeeds.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
import { followFlow } from "../stages/followFlow.ts"
import { gatherSeeds } from "../stages/gatherSeeds.ts"
import { initialise } from "../stages/initialise.ts"
import { measure } from "../stages/measure.ts"
import { sampleRegression } from "../stages/sampleRegression.ts"
import { tabulate } from "../stages/tabulate.ts"

/** η / η_c: from rates that follow the flow to where many draws do not converge any more. */
const RATIOS = [0.1, 0.4, 0.8, 0.95, 1.05, 1.1, 1.2, 1.3, 1.4]

/** How the flow is followed, how exactly S is measured, how long descent may take. */
const HOW = { alpha: 1, measureEvery: 5, flowSteps: 100_000, steps: 100_000, tolerance: 1e-6 }

export default Pipeline.make("regression", {
  params: {
    samples: Numbers.Count, // n
    features: Numbers.Count, // d
    density: Numbers.Share,
    noise: Numbers.NonNegative,
    scale: Numbers.Positive,
    threshold: Numbers.Positive,
    draw: Sweep.axis(Schema.Int), // the seed of the data
    ratio: Sweep.axis(Numbers.Positive)
  },
  defaults: {
    samples: 20,
    features: 30,
    density: 1,
    noise: 0,
    scale: Math.SQRT2 / 10,
    threshold: 1e-6,
    draw: Sweep.range(12),
    ratio: RATIOS
  },
  build: ({ samples, features, density, noise, scale, threshold, draw: draws, ratio: ratios }) => {
    const { alpha, measureEvery, flowSteps, steps, tolerance } = HOW
    const tables = draws.map((seed) => {
      const data = sampleRegression({ samples, features, density, noise, seed })
      const model = buildModel({
        data,
        architecture: { kind: "diagonal", form: "product", scale, lastScale: 0 }, // u starts at `scale`, v at 0
        loss: "mse",
        dtype: "float64"
      })
      const start = initialise({ model, seed: 0 })
      const flow = followFlow({ data, model, start, threshold, alpha, measureEvery, maxSteps: flowSteps, tolerance })
      const critical = findCriticalRate({ flow })
      const runs = ratios.map((ratio) => {
        const path = descend({ data, model, start, critical, ratio, threshold, maxSteps: steps, snapshotSteps: [] })
        return measure({ data, model, path, tolerance })
      })
      return tabulate({ model: `draw-${seed}`, title: `Diagonal network on draw ${seed}`, flow, runs })
    })
    const title = `Diagonal network, ${samples} samples of ${features} features, over ${draws.length} draws`
    return { seeds: gatherSeeds({ title, tables }), figure: drawSeeds({ tables }) }
  }
})
