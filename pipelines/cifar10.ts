/**
 * The trade-off on the first images of CIFAR-10, from several starts: Cohen et al.'s network of two hidden layers of 200, with
 * their loss and scaling. It needs two files of the binary version of CIFAR-10 in the project, which brink does not fetch:
 * unpack it to `data/cifar-10-batches-bin`, or say where they are with `-S trainFile=… -S testFile=…`. With more images or a
 * lower threshold a sweep is one for a night: stop and start it as you like.
 */
import * as Schema from "effect/Schema"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import * as ProjectFile from "../src/pipeline/ProjectFile.ts"
import * as Sweep from "../src/pipeline/Sweep.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { drawLearningRates } from "../stages/drawLearningRates.ts"
import { drawSeeds } from "../stages/drawSeeds.ts"
import { drawTradeOff } from "../stages/drawTradeOff.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
import { followFlow } from "../stages/followFlow.ts"
import { gatherSeeds } from "../stages/gatherSeeds.ts"
import { initialise } from "../stages/initialise.ts"
import { measure } from "../stages/measure.ts"
import { prepareCifar10 } from "../stages/prepareCifar10.ts"
import { tabulate } from "../stages/tabulate.ts"
import { writeReport } from "../stages/writeReport.ts"

const Activation = Schema.Literals(["tanh", "relu", "elu", "softplus"])

/** How the flow is followed, how exactly S is measured, how long flow and descent may take. */
const HOW = { alpha: 1.5, measureEvery: 20, flowSteps: 20_000, steps: 20_000, tolerance: 1e-3 }

export default Pipeline.make("cifar10", {
  params: {
    trainFile: Schema.String,
    testFile: Schema.String,
    train: Numbers.Count,
    test: Numbers.Count,
    activation: Activation,
    threshold: Numbers.Positive,
    seed: Sweep.axis(Schema.Int),
    ratio: Sweep.axis(Numbers.Positive) // η / η_c
  },
  defaults: {
    trainFile: "data/cifar-10-batches-bin/data_batch_1.bin",
    testFile: "data/cifar-10-batches-bin/test_batch.bin",
    train: 1_000,
    test: 10_000,
    activation: "tanh",
    threshold: 0.1,
    seed: [0, 1, 2],
    ratio: [0.3, 0.6, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 4]
  },
  build: ({ trainFile, testFile, train, test, activation, threshold, seed: seeds, ratio: ratios }) => {
    const { alpha, measureEvery, flowSteps, steps, tolerance } = HOW
    const data = prepareCifar10({
      trainFile: ProjectFile.at(trainFile),
      testFile: ProjectFile.at(testFile),
      train,
      test,
      scaling: "perPixel"
    })
    const model = buildModel({
      data,
      architecture: { kind: "mlp", widths: [200, 200], activation },
      loss: "mse",
      dtype: "float32"
    })
    const tables = seeds.map((seed) => {
      const start = initialise({ model, seed })
      const flow = followFlow({ data, model, start, threshold, alpha, measureEvery, maxSteps: flowSteps, tolerance })
      const critical = findCriticalRate({ flow })
      const runs = ratios.map((ratio) => {
        const path = descend({ data, model, start, critical, ratio, threshold, maxSteps: steps, snapshotSteps: [] })
        return measure({ data, model, path, tolerance })
      })
      return tabulate({ model: `start-${seed}`, title: `${train} images of CIFAR-10, start ${seed}`, flow, runs })
    })
    const title = `Network 200–200 (${activation}) on ${train} images of CIFAR-10, over ${seeds.length} starts`
    const figures = [
      drawSeeds({ tables }),
      ...tables.slice(0, 1).flatMap((table) => [drawLearningRates({ table }), drawTradeOff({ table })])
    ]
    const settings = settingsOf({ train, test, activation, threshold })
    const report = writeReport({
      title: "Norm against sharpness on CIFAR-10",
      subtitle: `${title}. Figures of one sweep are of the first start`,
      tables,
      figures,
      settings
    })
    return { report, seeds: gatherSeeds({ title, tables }) }
  }
})

/** What a reader must know to make the numbers again. */
const settingsOf = ({
  train,
  test,
  activation,
  threshold
}: {
  readonly train: number
  readonly test: number
  readonly activation: typeof Activation.Type
  readonly threshold: number
}) => [
  {
    name: "Data",
    value: `CIFAR-10: the first ${train} images of the training file, the first ${test} of the test file; every pixel of every channel with mean 0 and deviation 1 over the training images that are used`
  },
  {
    name: "Network",
    value: `3072 → 200 → 200 → 10, ${activation}, biases, float32; PyTorch's default initialisation`
  },
  { name: "Loss", value: "½ sum over outputs of the squared error, mean over samples; one-hot targets" },
  {
    name: "Converged",
    value: `training loss at most ${threshold} for 10 steps on end, within ${HOW.steps} steps; all is measured at the last of them`
  },
  {
    name: "Gradient flow",
    value: `fourth-order Runge–Kutta, steps of ${HOW.alpha}/S, S measured every ${HOW.measureEvery} steps, to the same threshold, in at most ${HOW.flowSteps} steps`
  },
  { name: "Sharpness S", value: `Lanczos' method to a residual of ${HOW.tolerance} of S` }
]
