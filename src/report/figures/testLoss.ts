/**
 * Figure: test loss and test accuracy against the learning rate, with the best converged run marked. Says whether
 * generalisation follows the norm, the sharpness or neither.
 */
import { atLeast } from "../flow.ts"
import { formatFixed, formatNumber } from "../format.ts"
import type { FlowSummary, RunRow } from "../types.ts"
import { flowLevel } from "./againstLearningRate.ts"
import { flowRules, rateAxes, ratesOf, rateTitle } from "./axes.ts"
import { type Axes, hover, joinedLine, label, type Mark, marksOf, runPoints, verticalRules } from "./marks.ts"
import { type Domain, extent, measured, upperEdge, widen } from "./scales.ts"
import {
  colors,
  type Figure,
  type FigureOptions,
  type Layer,
  layoutOf,
  type Panel,
  panelWidth,
  schemaUrl,
  theme
} from "./theme.ts"

const layout = { margin: 48, columns: 1, spacing: 0, narrowLegend: 2 }
const heights = { loss: 230, accuracy: 150 }

/** The converged run with the least test loss; `undefined` where none converged. */
export const bestRun = (runs: ReadonlyArray<RunRow>): RunRow | undefined => {
  let best: RunRow | undefined
  for (const run of runs) {
    if (run.outcome !== "Converged" || run.testLoss === null) continue
    if (best?.testLoss == null || run.testLoss < best.testLoss) best = run
  }
  return best
}

/** Where a run stands across the panel, from 0 at the left to 1 at the right. */
const placeOf = ({ learningRate }: RunRow, rates: Domain): number =>
  Math.log(learningRate / rates[0]) / Math.log(rates[1] / rates[0])

/** A ring around the best run, with its loss and its rate in units of the critical one below. */
const bestMark = (best: RunRow, rates: Domain, axes: Axes): ReadonlyArray<Layer> => {
  const at = { x: best.learningRate, y: best.testLoss ?? 0 }
  const place = placeOf(best, rates)
  const align = place < 0.15 ? "left" : place > 0.85 ? "right" : "center"
  const style = { align, color: colors.best, fontWeight: 600 } as const
  return [
    {
      data: { values: [at] },
      mark: {
        type: "point",
        shape: "circle",
        size: 260,
        stroke: colors.best,
        strokeWidth: 2,
        fill: null,
        tooltip: false
      },
      encoding: {
        x: { field: "x", type: "quantitative", ...axes.x },
        y: { field: "y", type: "quantitative", ...axes.y }
      }
    },
    ...label(`least: ${formatNumber(best.testLoss)}`, at, axes, { ...style, dy: 21 }),
    ...label(`at ${atLeast(best)}${formatFixed(best.ratio)} × critical`, at, axes, { ...style, dy: 35 })
  ]
}

/** Test loss against η, and accuracy below it where the task has one. */
export const testLoss = (runs: ReadonlyArray<RunRow>, flow: FlowSummary, options: FigureOptions = {}): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const rates = ratesOf(runs)
  const rules = flowRules(flow, rates)
  const losses = marksOf(
    runs,
    (run) => run.learningRate,
    (run) => run.testLoss
  )
  const accuracies = marksOf(
    runs,
    (run) => run.learningRate,
    (run) => run.testAccuracy
  )
  const hasAccuracy = accuracies.some(({ y }) => y !== null)
  const domainOf = (marks: ReadonlyArray<Mark>, level: number | null, below: number) =>
    widen(extent(measured([...marks.map(({ y }) => y), level])), below, 0.14)
  const lossValues = domainOf(losses, flow.testLoss, 0.3)
  const lossAxes = rateAxes(rates, lossValues, hasAccuracy ? null : rateTitle(flow))
  const best = bestRun(runs)
  const flowSide = best !== undefined && placeOf(best, rates) < 0.3 ? "right" : "left" // away from the best run's label
  const lossPanel: Panel = {
    title: { text: "Test loss", offset: 6 },
    width,
    height: heights.loss,
    layer: [
      ...verticalRules(rules, lossAxes, true),
      ...(flow.testLoss === null ? [] : flowLevel(flow, flow.testLoss, rates, lossAxes, flowSide)),
      joinedLine(losses, lossAxes),
      ...(best === undefined ? [] : bestMark(best, rates, lossAxes)),
      runPoints("loss", losses, lossAxes, upperEdge(lossValues))
    ]
  }
  const accuracyPanel = (): Panel => {
    const values = domainOf(accuracies, flow.testAccuracy, 0.12)
    const axes = rateAxes(rates, values, rateTitle(flow), ".1%")
    return {
      title: "Test accuracy",
      width,
      height: heights.accuracy,
      layer: [
        ...verticalRules(rules, axes, false),
        ...(flow.testAccuracy === null ? [] : flowLevel(flow, flow.testAccuracy, rates, axes)),
        joinedLine(accuracies, axes),
        runPoints("accuracy", accuracies, axes, null)
      ]
    }
  }
  return {
    $schema: schemaUrl,
    description:
      "Test loss and test accuracy against the learning rate η; the converged run with the least test loss is ringed.",
    usermeta: layoutOf(layout),
    config: theme,
    params: [hover(hasAccuracy ? ["loss", "accuracy"] : ["loss"])],
    spacing: 50,
    bounds: "flush",
    vconcat: hasAccuracy ? [lossPanel, accuracyPanel()] : [lossPanel]
  }
}
