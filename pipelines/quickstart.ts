/**
 * The trade-off between norm and sharpness in two settings: a diagonal network whose every number is known, and a small
 * network on MNIST. From one start each: gradient flow to the loss threshold, then gradient descent to the same
 * threshold at many learning rates, and what was reached there.
 */
import * as Schema from "effect/Schema"
import { toyErrorPerTestLoss } from "../src/data/toy.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as Sweep from "../src/pipeline/Sweep.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { drawDiagonal } from "../stages/drawDiagonal.ts"
import { drawLearningRates } from "../stages/drawLearningRates.ts"
import { drawTestLoss } from "../stages/drawTestLoss.ts"
import { drawTradeOff } from "../stages/drawTradeOff.ts"
import { drawTrainingCurves } from "../stages/drawTrainingCurves.ts"
import { followFlow } from "../stages/followFlow.ts"
import { initialise } from "../stages/initialise.ts"
import { measure } from "../stages/measure.ts"
import { prepareData } from "../stages/prepareData.ts"
import { tabulate } from "../stages/tabulate.ts"
import { traceSharpness } from "../stages/traceSharpness.ts"
import { writeReport } from "../stages/writeReport.ts"

/** η / η_c: below 1 runs follow the flow, above they are at the edge of stability, and at the last they diverge. */
const RATIOS = [0.1, 0.2, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.6, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]
const DIAGONAL_RATIOS = [0.2, 0.4, 0.6, 0.8, 0.9, 1, 1.05, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 1.95, 2.05]

/** The runs whose sharpness is followed through training, and when it is measured: more often where it changes fast. */
const TRACED = [0.6, 1.1, 2, 5]
const TRACED_STEPS = [0, ...new Set(Sweep.geometric(1, 4_000, 60).map(Math.round))]

/** f(x) = ⟨w ⊙ w, x⟩ on the one sample x = (2, 1), y = 1, in float64. */
const diagonalNetwork = (ratios: ReadonlyArray<number>) => {
  const threshold = 1e-10
  const data = prepareData({ source: { kind: "point" } })
  const model = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
  const start = initialise({ model, seed: 0 })
  const flow = followFlow({
    data,
    model,
    start,
    threshold,
    alpha: 0.05,
    measureEvery: 1,
    maxSteps: 100_000,
    tolerance: 1e-6
  })
  const runs = ratios.map((ratio) => {
    const path = descend({ data, model, start, flow, ratio, threshold, maxSteps: 400_000, snapshotSteps: [] })
    return measure({ data, model, path, tolerance: 1e-6 })
  })
  return tabulate({ model: "diagonal", title: "Diagonal network on one sample", flow, runs })
}

export default Pipeline.make("quickstart", {
  params: {
    train: Schema.Int,
    threshold: Schema.Finite,
    seed: Schema.Int,
    ratios: Schema.Array(Schema.Finite),
    diagonalRatios: Schema.Array(Schema.Finite)
  },
  defaults: { train: 1_000, threshold: 0.01, seed: 0, ratios: RATIOS, diagonalRatios: DIAGONAL_RATIOS },
  build: ({ train, threshold, seed, ratios, diagonalRatios }) => {
    const data = prepareData({ source: { kind: "mnist", train, test: 10_000, scaling: "centered" } })
    const model = buildModel({
      data,
      architecture: { kind: "mlp", widths: [64, 64], activation: "tanh" },
      loss: "mse",
      dtype: "float32"
    })
    const start = initialise({ model, seed })
    const flow = followFlow({
      data,
      model,
      start,
      threshold,
      alpha: 1.5,
      measureEvery: 20,
      maxSteps: 20_000,
      tolerance: 1e-3
    }) // → η_c = 2 / S_max
    const paths = ratios.map((ratio) => ({
      ratio,
      path: descend({
        data,
        model,
        start,
        flow,
        ratio,
        threshold,
        maxSteps: 40_000,
        snapshotSteps: TRACED.includes(ratio) ? TRACED_STEPS : []
      })
    }))
    const runs = paths.map(({ path }) => measure({ data, model, path, tolerance: 1e-3 }))
    const traces = paths.flatMap(({ ratio, path }) =>
      TRACED.includes(ratio) ? [traceSharpness({ data, model, path, tolerance: 1e-3 })] : []
    )

    const table = tabulate({ model: "mnist-mlp", title: `Tanh network 64–64 on ${train} images of MNIST`, flow, runs })
    const diagonal = diagonalNetwork(diagonalRatios)
    const figures = [
      drawLearningRates({ table }),
      drawTradeOff({ table }),
      drawTestLoss({ table }),
      drawTrainingCurves({ traces }),
      drawDiagonal({ table: diagonal, errorPerTestLoss: toyErrorPerTestLoss })
    ]
    const report = writeReport({
      title: "Norm against sharpness at the edge of stability",
      subtitle:
        "Full-batch gradient descent over learning rates, after Matveev, Fojtik, Chou, Kutyniok and Maly (arXiv 2505.21423)",
      tables: [table, diagonal],
      figures,
      settings: [
        {
          name: "Data",
          value: `MNIST: the first ${train} training images, all 10,000 test images; the mean image of the training images is taken off, one scale for all pixels`
        },
        { name: "Network", value: "784 → 64 → 64 → 10, tanh, biases, float32; PyTorch's default initialisation" },
        { name: "Loss", value: "½ sum over outputs of the squared error, mean over samples; one-hot targets" },
        {
          name: "Stop",
          value: `training loss at most ${threshold} for 10 steps on end; diverged above 10 × the initial loss`
        },
        { name: "Seed", value: String(seed) },
        {
          name: "Sharpness",
          value:
            "largest eigenvalue of the Hessian of the training loss, by Lanczos' method to a relative residual of 1e-3"
        }
      ]
    })
    return { report, table, diagonal }
  }
})
