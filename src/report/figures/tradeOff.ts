/**
 * Figure: final norm against final sharpness, one point a run, coloured by learning rate. Small rates end sharp with a
 * small norm, large ones flat with a large norm.
 */
import { flowLabel } from "../flow.ts"
import { formatNumber } from "../format.ts"
import type { FlowSummary, RunRow } from "../types.ts"
import { linearAxis, ratesOf } from "./axes.ts"
import { type Axes, hover, label, type Mark, marksOf, stretches } from "./marks.ts"
import { type Domain, extent, logTicks, measured, widen } from "./scales.ts"
import {
  colors,
  type Figure,
  type FigureOptions,
  type Layer,
  layoutOf,
  outcomes,
  panelWidth,
  schemaUrl,
  sequence,
  theme
} from "./theme.ts"

const layout = { margin: 48, columns: 1, spacing: 0, narrowLegend: 2 }
const height = 320

interface RateMark extends Mark {
  readonly rate: number
}

/** Colour by learning rate, on a logarithmic scale. */
const rateFill = (rates: Domain) => ({
  field: "rate",
  type: "quantitative" as const,
  scale: { type: "log" as const, domain: [...rates], range: [...sequence], interpolate: "lab" as const, clamp: true },
  legend: {
    title: "η (darkest: this and below)",
    type: "gradient" as const,
    values: [rates[0], ...logTicks(rates, 5).filter((tick) => tick > 1.15 * rates[0])],
    format: ".2~g",
    labelOverlap: "greedy" as const,
    gradientLength: 240,
    gradientThickness: 9,
    titleLimit: 300
  }
})

const channelsOf = (axes: Axes) => ({
  x: { field: "x", type: "quantitative" as const, ...axes.x },
  y: { field: "y", type: "quantitative" as const, ...axes.y }
})

/** Converged runs: filled, coloured by rate. */
const ends = (marks: ReadonlyArray<RateMark>, axes: Axes, rates: Domain): Layer => ({
  name: "ends",
  data: { values: [...marks] },
  mark: { type: "point", shape: "circle", cursor: "pointer", stroke: colors.paper, strokeWidth: 1 },
  encoding: {
    ...channelsOf(axes),
    fill: rateFill(rates),
    size: { condition: { param: "hover", empty: false, value: 220 }, value: 92 },
    tooltip: { field: "tip", type: "nominal" }
  }
})

/**
 * Runs that did not converge: hollow, in the colour of their rate and the shape of their outcome. A white mark over a
 * coloured one, so that both kinds of run share one colour scale and its one legend.
 */
const otherEnds = (marks: ReadonlyArray<RateMark>, axes: Axes, rates: Domain): ReadonlyArray<Layer> => {
  const shapes = outcomes.filter((outcome) => marks.some((mark) => mark.outcome === outcome.name))
  const shape = {
    field: "outcome",
    type: "nominal" as const,
    scale: { domain: shapes.map((outcome) => outcome.name), range: shapes.map((outcome) => outcome.shape) },
    legend: {
      title: "Not converged",
      encoding: {
        symbols: { fill: { value: colors.paper }, fillOpacity: { value: 1 }, stroke: { value: colors.muted } }
      }
    }
  }
  const tooltip = { field: "tip", type: "nominal" as const }
  const data = { values: [...marks] }
  const mark = { type: "point" as const, cursor: "pointer" as const, stroke: null }
  const encoding = { ...channelsOf(axes), shape, tooltip }
  return [
    { data, mark, encoding: { ...encoding, fill: rateFill(rates), size: { value: 110 } } },
    { data, mark: { ...mark, fill: colors.paper }, encoding: { ...encoding, size: { value: 38 } } }
  ]
}

/** The largest converged rate, named: the flat end of the trade-off. The other end is gradient flow. */
const flatEnd = (converged: ReadonlyArray<RateMark>, axes: Axes): ReadonlyArray<Layer> => {
  const [before, last] = [converged.at(-2), converged.at(-1)]
  if (last === undefined) return []
  const below = before !== undefined && (before.y ?? 0) > (last.y ?? 0) // away from the line
  const at = { x: last.x, y: last.y ?? 0 }
  return label(`η = ${formatNumber(last.rate)}`, at, axes, { dx: -4, dy: below ? 16 : -14, color: colors.muted })
}

/** ‖θ‖₁ against S for one model; runs without a measured end are left out. */
export const tradeOff = (runs: ReadonlyArray<RunRow>, flow: FlowSummary, options: FigureOptions = {}): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const shown = runs.filter((run) => run.sharpness !== null && run.l1 !== null)
  const rateOf = new Map(shown.map((run) => [run.key, run.learningRate]))
  const marks = marksOf(
    shown,
    (run) => run.sharpness ?? 0,
    (run) => run.l1
  ).map((mark): RateMark => ({ ...mark, rate: rateOf.get(mark.key) ?? 0 }))
  const converged = marks.filter(({ outcome }) => outcome === "Converged")
  const others = marks.filter(({ outcome }) => outcome !== "Converged")
  const sharpnesses = widen(extent([...marks.map(({ x }) => x), flow.finalSharpness]), 0.07, 0.09)
  const norms = widen(extent([...measured(marks.map(({ y }) => y)), flow.finalL1]), 0.14, 0.09)
  const all = ratesOf(shown)
  const rates: Domain = [Math.min(Math.max(all[0], 0.7 * flow.criticalRate), all[1] / 2), all[1]] // below: all at one place
  const x = linearAxis(sharpnesses)
  const axes: Axes = { x: { ...x, axis: { ...x.axis, title: "Sharpness S", tickCount: 6 } }, y: linearAxis(norms) }
  const flowPoint = { x: flow.finalSharpness, y: flow.finalL1 }
  const channels = channelsOf(axes)
  return {
    $schema: schemaUrl,
    description: "Final norm ‖θ‖₁ against final sharpness S, one point a run, coloured by the learning rate η.",
    usermeta: layoutOf(layout),
    config: theme,
    params: [hover(["ends"])],
    title: "Norm ‖θ‖₁ against sharpness S",
    width,
    height,
    layer: [
      {
        data: { values: stretches(converged).map(({ x, y, rate, stretch }) => ({ x, y, rate, stretch })) },
        mark: { type: "line", color: colors.faint, strokeWidth: 1.4, tooltip: false },
        encoding: {
          ...channels,
          order: { field: "rate", type: "quantitative" },
          detail: { field: "stretch", type: "nominal" }
        }
      },
      ...[0, 90].map(
        (angle): Layer => ({
          data: { values: [flowPoint] },
          mark: {
            type: "point",
            shape: "stroke",
            angle,
            size: 520,
            stroke: colors.ink,
            strokeWidth: 1.6,
            tooltip: false
          },
          encoding: channels
        })
      ),
      ...(others.length === 0 ? [] : otherEnds(others, axes, rates)),
      ends(converged, axes, rates),
      ...label(flowLabel(flow), flowPoint, axes, { align: "right", dx: -6, dy: 19, color: colors.ink }),
      ...flatEnd(converged, axes)
    ]
  }
}
