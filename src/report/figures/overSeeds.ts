/**
 * Figure: test loss, norm and stability against the learning rate in units of the critical one, over several sweeps: every
 * sweep as a thin line, their mean with its standard error. Says how much of what one sweep shows is that sweep's own.
 */
import { type Cell, cellsOf, rowsOf, type Sweep } from "../seeds.ts"
import type { Measure, RatioRow } from "../types.ts"
import { linearAxis, logAxis } from "./axes.ts"
import { type Axes, label, verticalRules } from "./marks.ts"
import { type Domain, extent, extentLog, widen, widenLog } from "./scales.ts"
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
const heights = { testLoss: 220, norm: 150, stability: 130 }

/** From this quotient of the largest and the smallest on, an axis is logarithmic. */
const wide = 20

interface Bar {
  readonly x: number
  readonly y: number
  readonly low: number
  readonly high: number
  readonly tip: string
  /** Every sweep converged here. */
  readonly isWhole: boolean
}

const barsOf = (rows: ReadonlyArray<RatioRow>, measure: Measure): ReadonlyArray<Bar> =>
  rows.flatMap(({ ratio, runs, converged, [measure]: spread }) => {
    if (spread === null) return []
    const { mean, error } = spread
    const half = error ?? 0
    const tip = `η/η_c ${ratio}: ${mean.toPrecision(3)} ± ${half.toPrecision(1)}, ${converged} of ${runs} converged`
    return [{ x: ratio, y: mean, low: mean - half, high: mean + half, tip, isWhole: converged === runs }]
  })

/** Points of the sweeps, in stretches of neighbouring rates: no line passes over a run that did not converge. */
const linesOf = (cells: ReadonlyArray<Cell>, ratios: ReadonlyArray<number>, measure: Measure) =>
  cells.flatMap(({ sweep, ratio, [measure]: y }) => {
    if (y === null) return []
    const missing = ratios.filter(
      (other) => other < ratio && !cells.some((cell) => cell.sweep === sweep && cell.ratio === other)
    )
    return [{ x: ratio, y, stretch: `${sweep} ${missing.length}` }]
  })

/** Thin lines of the sweeps, and the bars over them; on a logarithmic axis bars end where the panel does. */
const marks = (
  lines: ReturnType<typeof linesOf>,
  bars: ReadonlyArray<Bar>,
  axes: Axes,
  floor: number
): ReadonlyArray<Layer> => {
  const x = { field: "x", type: "quantitative" as const, ...axes.x }
  const up = (field: string) => ({ field, type: "quantitative" as const, ...axes.y })
  const shown = bars.map((bar) => ({ ...bar, low: Math.max(bar.low, floor) }))
  return [
    {
      data: { values: [...lines] },
      mark: { type: "line", color: colors.faint, opacity: 0.5, strokeWidth: 1, tooltip: false },
      encoding: { x, y: up("y"), detail: { field: "stretch", type: "nominal" } }
    },
    {
      data: { values: shown },
      mark: { type: "rule", color: colors.norm, strokeWidth: 1.6, tooltip: false },
      encoding: { x, y: up("low"), y2: { field: "high" } }
    },
    {
      data: { values: shown },
      mark: { type: "point", shape: "circle", stroke: colors.norm },
      encoding: {
        x,
        y: up("y"),
        fill: { condition: { test: "datum.isWhole", value: colors.norm }, value: colors.paper },
        tooltip: { field: "tip", type: "nominal" }
      }
    }
  ]
}

/** A level with its name at the left end. */
const level = (y: number, name: string, ratios: Domain, axes: Axes): ReadonlyArray<Layer> => [
  {
    data: { values: [{ y }] },
    mark: { type: "rule", color: colors.muted, strokeDash: [6, 4], strokeWidth: 1.3, tooltip: false },
    encoding: { y: { field: "y", type: "quantitative", ...axes.y } }
  },
  ...label(name, { x: ratios[0], y }, axes, { dx: 3, dy: -10, color: colors.muted })
]

/** Means over sweeps with their standard errors, against η / η_c. */
export const overSeeds = (sweeps: ReadonlyArray<Sweep>, options: FigureOptions = {}): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const cells = cellsOf(sweeps)
  const rows = rowsOf(sweeps)
  const ratios = widenLog(extentLog(rows.map(({ ratio }) => ratio)), 0.03)
  const rules = ratios[0] < 1 && ratios[1] > 1 ? [{ x: 1, base: "η", subscript: "c", strong: true }] : []
  const placed = rules.map((rule) => ({ ...rule, side: "center" as const, row: 0 }))

  const panel = (
    measure: Measure,
    { title, height, last, named }: { title: string; height: number; last: boolean; named?: readonly [number, string] }
  ): Panel => {
    const bars = barsOf(rows, measure)
    const lines = linesOf(
      cells,
      rows.map(({ ratio }) => ratio),
      measure
    )
    const values = [...bars.flatMap(({ low, high }) => [low, high]), ...lines.map(({ y }) => y)]
    const positive = values.filter((value) => value > 0)
    const isWide = measure === "testLoss" && Math.max(...positive) > wide * Math.min(...positive)
    const domain: Domain = isWide
      ? widenLog(extentLog([...lines.map(({ y }) => y), ...bars.map(({ y }) => y)]), 0.08)
      : widen(extent(named === undefined ? values : [...values, named[0]]), 0.1, 0.14)
    const axes: Axes = {
      x: logAxis(ratios, last ? "Learning rate / critical rate" : null),
      y: isWide ? logAxis(domain, "") : linearAxis(domain)
    }
    return {
      title,
      width,
      height,
      layer: [
        ...verticalRules(placed, axes, measure === "testLoss"),
        ...(named === undefined ? [] : level(...named, ratios, axes)),
        ...marks(lines, bars, axes, domain[0])
      ]
    }
  }
  return {
    $schema: schemaUrl,
    description: "Test loss, norm and S·η against η/η_c, over several sweeps: each as a line, and their mean.",
    usermeta: layoutOf(layout),
    config: theme,
    spacing: 40,
    bounds: "flush",
    vconcat: [
      panel("testLoss", { title: "Test loss", height: heights.testLoss, last: false }),
      panel("l1", {
        title: "Norm ‖θ‖₁ / gradient flow's",
        height: heights.norm,
        last: false,
        named: [1, "gradient flow"]
      }),
      panel("stability", {
        title: "S · η / limit of stability",
        height: heights.stability,
        last: true,
        named: [1, "edge of stability"]
      })
    ]
  }
}
