/**
 * A page of the sample data, as the report stage would build it.
 */
import { readScripts } from "../../../src/data/readScripts.ts"
import {
  againstLearningRateCaption,
  type Caption,
  diagonalPanelCaption,
  overSeedsCaption,
  testLossCaption,
  tradeOffCaption,
  trainingCurvesCaption
} from "../../../src/report/captions.ts"
import { againstLearningRate } from "../../../src/report/figures/againstLearningRate.ts"
import { diagonalPanel } from "../../../src/report/figures/diagonalPanel.ts"
import { overSeeds } from "../../../src/report/figures/overSeeds.ts"
import { testLoss } from "../../../src/report/figures/testLoss.ts"
import type { Figure } from "../../../src/report/figures/theme.ts"
import { tradeOff } from "../../../src/report/figures/tradeOff.ts"
import { trainingCurves } from "../../../src/report/figures/trainingCurves.ts"
import type { PageFigure } from "../../../src/report/page/sections.ts"
import { renderPage } from "../../../src/report/page.ts"
import { renderSvg } from "../../../src/report/renderSvg.ts"
import { compare } from "../../../src/report/seeds.ts"
import type { Study } from "../../../src/report/types.ts"
import { diagonalFlow, diagonalRuns, keyOf, lossPoints, networkFlow, networkRuns, sharpnessPoints } from "./sample.ts"

/** The network study, had its gradient flow run out of steps. */
export const shortStudy = (): Study => ({
  ...networkStudy,
  flow: { ...networkFlow, outcome: "Exhausted", trainLoss: 0.119, steps: 20 },
  runs: networkRuns.map((run) => ({ ...run, flowOutcome: "Exhausted" }))
})

export const networkStudy: Study = {
  model: "mnist-mlp",
  title: "MLP 200–200 (tanh, MSE) on MNIST-5k",
  flow: networkFlow,
  runs: networkRuns,
  key: keyOf("network-table")
}

export const diagonalStudy: Study = {
  model: "diagonal",
  title: "Diagonal network, one data point",
  flow: diagonalFlow,
  runs: diagonalRuns,
  key: keyOf("diagonal-table")
}

/** The network study from three starts. */
const sampleSweeps = [1, 1.04, 0.97].map((factor) => ({
  flow: networkFlow,
  rows: networkRuns.map((run) => ({ ...run, testLoss: run.testLoss === null ? null : factor * run.testLoss }))
}))

/** Every figure, by its identifier on the page. */
export const sampleFigures: Readonly<Record<string, { readonly figure: Figure; readonly caption: Caption }>> = {
  "against-learning-rate": {
    figure: againstLearningRate(networkRuns, networkFlow),
    caption: againstLearningRateCaption
  },
  "trade-off": { figure: tradeOff(networkRuns, networkFlow), caption: tradeOffCaption },
  "test-loss": { figure: testLoss(networkRuns, networkFlow), caption: testLossCaption },
  "training-curves": { figure: trainingCurves(lossPoints, sharpnessPoints), caption: trainingCurvesCaption },
  "over-seeds": {
    figure: overSeeds(sampleSweeps),
    caption: overSeedsCaption(compare(sampleSweeps))
  },
  diagonal: {
    figure: diagonalPanel(diagonalRuns, diagonalFlow, { errorPerTestLoss: 4 }),
    caption: diagonalPanelCaption
  }
}

export const samplePage = async (): Promise<string> => {
  const figures: Array<PageFigure> = []
  for (const [id, { figure, caption }] of Object.entries(sampleFigures)) {
    figures.push({ id, ...caption, figure, svg: await renderSvg(figure), key: keyOf(`figure-${id}`) })
  }
  return renderPage({
    title: "Norm against sharpness at the edge of stability",
    subtitle:
      "Full-batch gradient descent over learning rates, after Matveev, Fojtik, Chou, Kutyniok and Maly (arXiv 2505.21423)",
    studies: [networkStudy, diagonalStudy],
    figures,
    settings: [
      { name: "Data", value: "MNIST, first 5 000 training images, all 10 000 test images, standardised per pixel" },
      { name: "Architecture", value: "784 → 200 → 200 → 10, tanh, biases; 199 210 parameters" },
      { name: "Loss", value: "½ sum over outputs, mean over samples" },
      { name: "Threshold", value: "training loss ≤ 0.01 for 10 steps" },
      { name: "Seed", value: "0" },
      { name: "Runtime", value: "onnxruntime-node 1.30.0, cpu, float32, 1 thread" }
    ],
    scripts: await readScripts()
  })
}
