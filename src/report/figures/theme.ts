/**
 * How every figure looks: one type face, one palette that colour-blind readers can tell apart (Okabe–Ito), a light
 * ground, a quiet grid. Knows nothing of what the figures show.
 */
import type { TopLevelSpec } from "vega-lite"
import type { Field } from "vega-lite/types_unstable/channeldef.js"
import type { Config } from "vega-lite/types_unstable/config.js"
import type { LayerSpec, UnitSpec } from "vega-lite/types_unstable/spec/index.js"
import type { Outcome } from "../types.ts"

/** A complete figure: a Vega-Lite specification with its data inside, plain JSON. */
export type Figure = TopLevelSpec

/** One part of a layered panel. */
export type Layer = LayerSpec<Field> | UnitSpec<Field>

/** A panel: layers over one pair of axes. */
export type Panel = LayerSpec<Field>

export interface FigureOptions {
  /** Width of the whole figure in pixels, axes included; the page chooses its own. */
  readonly width?: number
}

export const schemaUrl = "https://vega.github.io/schema/vega-lite/v6.json"
export const fontStack =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'

export const colors = {
  ink: "#1d2733",
  muted: "#5a6675",
  faint: "#9aa5b1",
  grid: "#e7ebf0",
  paper: "#ffffff",
  edge: "#00805d", // the curve 2/η
  norm: "#0072b2",
  best: "#d55e00"
} as const

/** The order of outcomes in legends, with the mark of each: only a converged run is a filled mark. */
export const outcomes: ReadonlyArray<{ readonly name: Outcome; readonly color: string; readonly shape: string }> = [
  { name: "Converged", color: "#0072b2", shape: "circle" },
  { name: "Exhausted", color: "#c98600", shape: "square" },
  { name: "Unstable", color: "#b3589a", shape: "diamond" },
  { name: "Diverged", color: "#d55e00", shape: "triangle-up" }
]

/** From small to large learning rates: viridis without its palest end, which a white ground swallows. */
export const sequence: ReadonlyArray<string> = ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#d9b300"]

/** The four curves of a training figure, in the order of their learning rates. */
export const curveColors: ReadonlyArray<string> = ["#440154", "#2f6c9e", "#1f9e77", "#d08a00"]

/**
 * What the page must know to lay a figure out anew at another width: the pixels that the axes of one panel take
 * beside its plotting area, how many panels stand side by side where there is room, and how many names of a legend
 * where there is little.
 */
export interface Layout {
  readonly margin: number
  readonly columns: number
  readonly spacing: number
  readonly narrowLegend: number
}

export const layoutOf = (layout: Layout) => ({ brink: { ...layout } })

/** Width of one plotting area of a figure `width` pixels wide. */
export const panelWidth = (width: number, { margin, columns, spacing }: Layout): number =>
  Math.floor((width - columns * margin - (columns - 1) * spacing) / columns)

export const theme: Config = {
  font: fontStack,
  background: colors.paper,
  padding: { left: 2, right: 6, top: 4, bottom: 2 },
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: colors.muted,
    labelFontSize: 11,
    titleColor: colors.ink,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 8,
    gridColor: colors.grid,
    gridWidth: 1,
    domainColor: colors.faint,
    tickColor: colors.faint,
    tickSize: 4,
    labelPadding: 4,
    labelSeparation: 6
  },
  axisX: { domain: true, ticks: true, labelFlush: false },
  axisY: { domain: false, ticks: false, minExtent: 38, maxExtent: 38 },
  title: { color: colors.ink, fontSize: 13, fontWeight: 600, anchor: "start", frame: "group", offset: 10 },
  legend: {
    labelColor: colors.ink,
    labelFontSize: 11,
    titleColor: colors.muted,
    titleFontSize: 11,
    titleFontWeight: 500,
    orient: "bottom",
    direction: "horizontal",
    symbolSize: 70,
    symbolStrokeWidth: 1.8,
    columnPadding: 14,
    rowPadding: 4,
    offset: 12,
    labelLimit: 260
  },
  point: { size: 62, strokeWidth: 1.8, opacity: 1 },
  line: { strokeWidth: 1.8, strokeJoin: "round" },
  text: { fontSize: 11, color: colors.ink }
}
