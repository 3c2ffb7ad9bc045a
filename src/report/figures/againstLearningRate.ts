/**
 * Figure: final sharpness and final norm against the learning rate, one above the other. Below the critical rate both
 * keep to gradient flow; above it S falls along 2/η and the norm grows, at the same place.
 */
import { flowLabel } from "../flow.ts"
import type { FlowSummary, RunRow } from "../types.ts"
import { flowRules, rateAxes, ratesOf, rateTitle } from "./axes.ts"
import { type Axes, hover, joinedLine, label, type Mark, marksOf, runPoints, verticalRules } from "./marks.ts"
import { type Domain, extent, geometric, measured, upperEdge, widen } from "./scales.ts"
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
const heights = { sharpness: 230, norm: 190 }

const sharpnessDomain = (runs: ReadonlyArray<RunRow>, flow: FlowSummary): Domain => {
  const sharpnesses = measured(runs.map(({ sharpness }) => sharpness))
  return [0, 1.2 * extent([...sharpnesses, flow.maximalSharpness, flow.finalSharpness])[1]]
}

/** The level that gradient flow ends at, dashed, with its name at one end. */
export const flowLevel = (
  flow: FlowSummary,
  value: number,
  rates: Domain,
  axes: Axes,
  side: "left" | "right" = "left"
): ReadonlyArray<Layer> => [
  {
    data: { values: [{ y: value }] },
    mark: { type: "rule", color: colors.muted, strokeDash: [6, 4], strokeWidth: 1.3, tooltip: false },
    encoding: { y: { field: "y", type: "quantitative", ...axes.y } }
  },
  ...label(flowLabel(flow), { x: side === "left" ? rates[0] : rates[1], y: value }, axes, {
    align: side,
    dx: side === "left" ? 3 : -3,
    dy: -15,
    color: colors.muted
  })
]

/** The curve S = 2/η; where runs have another limit, through the limits of each. Only what lies inside the panel. */
const edgeCurve = (runs: ReadonlyArray<RunRow>, rates: Domain, values: Domain, axes: Axes): ReadonlyArray<Layer> => {
  const isPlain = runs.every(({ stableBelow }) => stableBelow === 2)
  const plain = geometric(rates, 160).map((x) => ({ x, y: 2 / x }))
  const others = runs.map(({ learningRate, stableBelow }) => ({ x: learningRate, y: stableBelow / learningRate }))
  const points = (isPlain ? plain : others).filter(({ y }) => y <= values[1]).sort((a, b) => a.x - b.x)
  if (points.length === 0) return []
  return [
    {
      data: { values: points },
      mark: { type: "line", color: colors.edge, strokeDash: [5, 3], tooltip: false },
      encoding: {
        x: { field: "x", type: "quantitative", ...axes.x },
        y: { field: "y", type: "quantitative", ...axes.y }
      }
    },
    ...label(isPlain ? "S = 2/η" : "edge of stability", points[0]!, axes, {
      align: "right",
      dx: -8,
      dy: 10,
      color: colors.edge,
      fontWeight: 600
    })
  ]
}

/** Final S and ‖θ‖₁ against η, for the runs and the flow of one model. */
export const againstLearningRate = (
  runs: ReadonlyArray<RunRow>,
  flow: FlowSummary,
  options: FigureOptions = {}
): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const rates = ratesOf(runs)
  const rules = flowRules(flow, rates)
  const sharpness = marksOf(
    runs,
    (run) => run.learningRate,
    (run) => run.sharpness
  )
  const norm = marksOf(
    runs,
    (run) => run.learningRate,
    (run) => run.l1
  )
  const sharpnessValues = sharpnessDomain(runs, flow)
  const normValues = widen(extent([...measured(norm.map(({ y }) => y)), flow.finalL1]), 0.16, 0.14)
  const upper = rateAxes(rates, sharpnessValues, null)
  const lower = rateAxes(rates, normValues, rateTitle(flow))
  const points = (name: string, marks: ReadonlyArray<Mark>, axes: Axes, top: number): ReadonlyArray<Layer> => [
    joinedLine(marks, axes),
    runPoints(name, marks, axes, top)
  ]
  const sharpnessPanel: Panel = {
    title: { text: "Sharpness S at the end of training", offset: 6 },
    width,
    height: heights.sharpness,
    layer: [
      ...verticalRules(rules, upper, true),
      ...flowLevel(flow, flow.finalSharpness, rates, upper),
      ...edgeCurve(runs, rates, sharpnessValues, upper),
      ...points("sharpness", sharpness, upper, upperEdge(sharpnessValues))
    ]
  }
  const normPanel: Panel = {
    title: "Norm ‖θ‖₁ at the end of training",
    width,
    height: heights.norm,
    layer: [
      ...verticalRules(rules, lower, false),
      ...flowLevel(flow, flow.finalL1, rates, lower),
      ...points("norm", norm, lower, upperEdge(normValues))
    ]
  }
  return {
    $schema: schemaUrl,
    description:
      "Final sharpness S and final norm ‖θ‖₁ against the learning rate η, with the curve 2/η and the levels of gradient flow.",
    usermeta: layoutOf(layout),
    config: theme,
    params: [hover(["sharpness", "norm"])],
    spacing: 50,
    bounds: "flush",
    vconcat: [sharpnessPanel, normPanel]
  }
}
