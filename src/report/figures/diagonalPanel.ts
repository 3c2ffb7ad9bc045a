/**
 * Figure: the diagonal network, whose solutions are known exactly. Sharpness, two norms and the distance to the truth
 * against the learning rate in units of the critical one. Shows that the choice of norm matters, and that neither the
 * flattest nor the smallest solution is the best.
 */
import { flowLabel, reached } from "../flow.ts"
import type { FlowSummary, RunRow } from "../types.ts"
import { linearAxis } from "./axes.ts"
import { type Axes, hover, joinedLine, label, marksOf, runPoints } from "./marks.ts"
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
import { diagonalSymbols } from "./tip.ts"

export interface DiagonalOptions extends FigureOptions {
  /** ‖β − β*‖² per unit of test loss. Left out, the test loss itself is drawn. */
  readonly errorPerTestLoss?: number
}

const layout = { margin: 48, columns: 2, spacing: 28, narrowLegend: 2 }
const height = 170

interface Quantity {
  readonly name: string
  readonly title: string
  readonly value: (run: RunRow) => number | null
  readonly flow: number | null
  readonly fromZero: boolean
}

const axesOf = (ratios: Domain, values: Domain, flow: FlowSummary): Axes => {
  const x = linearAxis(ratios)
  return {
    x: {
      ...x,
      axis: { ...x.axis, title: `Learning rate ÷ critical rate${reached(flow) ? "" : " (at least)"}`, tickCount: 5 }
    },
    y: linearAxis(values)
  }
}

/** S = 2/η in units of the critical rate, where it lies inside the panel. */
const edgeCurve = (ratios: Domain, values: Domain, flow: FlowSummary, axes: Axes): ReadonlyArray<Layer> => {
  const level = 2 / flow.criticalRate // S · ratio along the curve
  const from = Math.max(level / values[1], ratios[0] + 1e-9)
  if (from >= ratios[1]) return []
  const points = Array.from({ length: 60 }, (_, i) => from + ((ratios[1] - from) * i) / 59).map((x) => ({
    x,
    y: level / x
  }))
  return [
    {
      data: { values: points },
      mark: { type: "line", color: colors.edge, strokeDash: [5, 3], tooltip: false },
      encoding: {
        x: { field: "x", type: "quantitative", ...axes.x },
        y: { field: "y", type: "quantitative", ...axes.y }
      }
    },
    ...label("S = 2/η", points.at(-1)!, axes, { align: "right", dx: -2, dy: 14, color: colors.edge, fontWeight: 600 })
  ]
}

/** The dashed level is named once, in the first panel. */
const flowName = (ratios: Domain, flow: FlowSummary, axes: Axes): ReadonlyArray<Layer> =>
  label(flowLabel(flow), { x: ratios[0], y: flow.finalSharpness }, axes, { dx: 4, dy: 14, color: colors.muted })

const panelOf = (
  quantity: Quantity,
  runs: ReadonlyArray<RunRow>,
  flow: FlowSummary,
  ratios: Domain,
  width: number
): Panel => {
  const marks = marksOf(runs, (run) => run.ratio, quantity.value, diagonalSymbols)
  const [low, high] = widen(extent(measured([...marks.map(({ y }) => y), quantity.flow])), 0.1, 0.16)
  const values: Domain = [quantity.fromZero ? Math.min(0, low) : low, high]
  const axes = axesOf(ratios, values, flow)
  const level: Layer = {
    data: { values: [{ y: quantity.flow ?? 0 }] },
    mark: { type: "rule", color: colors.muted, strokeDash: [6, 4], strokeWidth: 1.2, tooltip: false },
    encoding: { y: { field: "y", type: "quantitative", ...axes.y } }
  }
  const critical: Layer = {
    data: { values: [{ x: 1 }] },
    mark: { type: "rule", color: colors.ink, strokeWidth: 1.3, opacity: 0.7, tooltip: false },
    encoding: { x: { field: "x", type: "quantitative", ...axes.x } }
  }
  return {
    title: quantity.title,
    width,
    height,
    layer: [
      critical,
      ...(quantity.flow === null ? [] : [level]),
      ...(quantity.name === "sharpness"
        ? [...edgeCurve(ratios, values, flow, axes), ...flowName(ratios, flow, axes)]
        : []),
      joinedLine(marks, axes),
      runPoints(quantity.name, marks, axes, upperEdge(values))
    ]
  }
}

/** Four panels of one diagonal network. `l1` of its rows is ‖w‖₁, `l2Squared` is ‖w‖₂² = ‖β‖₁. */
export const diagonalPanel = (
  runs: ReadonlyArray<RunRow>,
  flow: FlowSummary,
  options: DiagonalOptions = {}
): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const ratios: Domain = [0, 1.04 * extent(runs.map(({ ratio }) => ratio))[1]]
  const scale = options.errorPerTestLoss
  const error = (loss: number | null) => (loss === null ? null : (scale ?? 1) * loss)
  const quantities: ReadonlyArray<Quantity> = [
    {
      name: "sharpness",
      title: "Sharpness S",
      value: (run) => run.sharpness,
      flow: flow.finalSharpness,
      fromZero: true
    },
    {
      name: "beta",
      title: "Norm ‖β‖₁ = ‖w‖₂²",
      value: (run) => run.l2Squared,
      flow: flow.finalL2Squared,
      fromZero: false
    },
    { name: "weights", title: "Norm ‖w‖₁", value: (run) => run.l1, flow: flow.finalL1, fromZero: false },
    {
      name: "error",
      title: scale === undefined ? "Test loss" : "Error ‖β − β*‖²",
      value: (run) => error(run.testLoss),
      flow: error(flow.testLoss),
      fromZero: true
    }
  ]
  return {
    $schema: schemaUrl,
    description:
      "Diagonal network: sharpness, the norms ‖β‖₁ and ‖w‖₁, and the error against the learning rate in units of the critical rate.",
    usermeta: layoutOf(layout),
    config: theme,
    params: [hover(quantities.map(({ name }) => name))],
    columns: layout.columns,
    spacing: { row: 30, column: layout.spacing },
    bounds: "full",
    align: "each",
    concat: quantities.map((quantity) => panelOf(quantity, runs, flow, ratios, width))
  }
}
