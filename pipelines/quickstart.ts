/**
 * The trade-off between norm and sharpness in two settings: a diagonal network whose every number is known, and a small
 * network on MNIST. From one start each: gradient flow to the loss threshold, then gradient descent to the same
 * threshold at many learning rates, and what was reached there.
 */
import * as Schema from "effect/Schema"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as Sweep from "../src/pipeline/Sweep.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { drawDiagonal } from "../stages/drawDiagonal.ts"
import { drawLearningRates } from "../stages/drawLearningRates.ts"
import { drawTestLoss } from "../stages/drawTestLoss.ts"
import { drawTradeOff } from "../stages/drawTradeOff.ts"
import { drawTrainingCurves } from "../stages/drawTrainingCurves.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
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

/** Test images: all of MNIST. */
const TEST = 10_000

/** How flow, descent and measurement of the network are made; `alpha` and `measureEvery` are the flow's. */
const NETWORK = { alpha: 1.5, measureEvery: 20, flowSteps: 20_000, steps: 40_000, tolerance: 1e-3 }
const DIAGONAL = { threshold: 1e-10, alpha: 0.05, measureEvery: 1, flowSteps: 100_000, steps: 400_000, tolerance: 1e-6 }

/** f(x) = ⟨w ⊙ w, x⟩ on the one sample x = (2, 1), y = 1, in float64. */
const diagonalNetwork = (ratios: ReadonlyArray<number>) => {
  const { threshold, alpha, measureEvery, flowSteps, steps, tolerance } = DIAGONAL
  const data = prepareData({ source: { kind: "point" } })
  const model = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
  const start = initialise({ model, seed: 0 })
  const flow = followFlow({ data, model, start, threshold, alpha, measureEvery, maxSteps: flowSteps, tolerance })
  const critical = findCriticalRate({ flow })
  const runs = ratios.map((ratio) => {
    const path = descend({ data, model, start, critical, ratio, threshold, maxSteps: steps, snapshotSteps: [] })
    return measure({ data, model, path, tolerance })
  })
  return { data, table: tabulate({ model: "diagonal", title: "Diagonal network on one sample", flow, runs }) }
}

export default Pipeline.make("quickstart", {
  params: {
    train: Numbers.Count,
    threshold: Numbers.Positive,
    seed: Schema.Int,
    ratio: Sweep.axis(Numbers.Positive), // η / η_c
    diagonalRatio: Sweep.axis(Numbers.Positive)
  },
  defaults: { train: 1_000, threshold: 0.01, seed: 0, ratio: RATIOS, diagonalRatio: DIAGONAL_RATIOS },
  build: ({ train, threshold, seed, ratio: ratios, diagonalRatio }) => {
    const { alpha, measureEvery, flowSteps, steps, tolerance } = NETWORK
    const data = prepareData({ source: { kind: "mnist", train, test: TEST, scaling: "centered" } })
    const model = buildModel({
      data,
      architecture: { kind: "mlp", widths: [64, 64], activation: "tanh" },
      loss: "mse",
      dtype: "float32"
    })
    const start = initialise({ model, seed })
    const flow = followFlow({ data, model, start, threshold, alpha, measureEvery, maxSteps: flowSteps, tolerance })
    const critical = findCriticalRate({ flow }) // η_c = 2 / S_max
    const paths = ratios.map((ratio) => ({
      ratio,
      path: descend({
        data,
        model,
        start,
        critical,
        ratio,
        threshold,
        maxSteps: steps,
        snapshotSteps: TRACED.includes(ratio) ? TRACED_STEPS : []
      })
    }))
    const runs = paths.map(({ path }) => measure({ data, model, path, tolerance }))
    const traces = paths.flatMap(({ ratio, path }) =>
      TRACED.includes(ratio) ? [traceSharpness({ data, model, path, tolerance, search: "cold" })] : []
    )

    const table = tabulate({ model: "mnist-mlp", title: `Tanh network 64–64 on ${train} images of MNIST`, flow, runs })
    const diagonal = diagonalNetwork(diagonalRatio)
    const figures = [
      drawLearningRates({ table }),
      drawTradeOff({ table }),
      drawTestLoss({ table }),
      drawTrainingCurves({ traces }),
      drawDiagonal(diagonal)
    ]
    const report = writeReport({
      title: "Norm against sharpness at the edge of stability",
      subtitle:
        "Full-batch gradient descent over learning rates, after Matveev, Fojtik, Chou, Kutyniok and Maly (arXiv 2505.21423)",
      tables: [table, diagonal.table],
      figures,
      settings: settingsOf(train, threshold, seed)
    })
    return { report, table, diagonal: diagonal.table }
  }
})

/** What a reader must know to make the numbers again. */
const settingsOf = (train: number, threshold: number, seed: number) => [
  {
    name: "Data",
    value: `MNIST: the first ${train} training images, all ${TEST} test images; the mean image of the training images is taken off, one scale for all pixels`
  },
  { name: "Network", value: "784 → 64 → 64 → 10, tanh, biases, float32; PyTorch's default initialisation" },
  {
    name: "Loss",
    value: "½ sum over outputs of the squared error, mean over samples, for training and test; one-hot targets"
  },
  { name: "Descent", value: `full batch, constant rate, no momentum; every rate from the same start, seed ${seed}` },
  {
    name: "Converged",
    value: `training loss at most ${threshold} for 10 steps on end; all is measured at the last of them`
  },
  {
    name: "Not converged",
    value: `Diverged: loss above 10 times the first one, or no number. Unstable: S·η above 3 at the stop, or the threshold met and left again. Exhausted: ${NETWORK.steps} steps without either`
  },
  {
    name: "Sharpness S",
    value: `largest eigenvalue of the Hessian of the training loss, by Lanczos' method until the residual ‖Hv − Sv‖ is at most ${NETWORK.tolerance} of S; the paper's norm of the Hessian is the same where λ_min is above −S`
  },
  {
    name: "Gradient flow",
    value: `fourth-order Runge–Kutta, steps of ${NETWORK.alpha}/S, S measured every ${NETWORK.measureEvery} steps, to the same threshold, in at most ${NETWORK.flowSteps} steps`
  },
  {
    name: "Diagonal network",
    value: `w starts at (0.05, 0.05), float64; one sample x = (2, 1), y = 1; tested against β* = (0.25, 0.5), which fits the sample too; threshold ${DIAGONAL.threshold}, S to ${DIAGONAL.tolerance.toExponential()} of it, at most ${DIAGONAL.steps} steps`
  }
]
