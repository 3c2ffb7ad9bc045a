/**
 * The marks that several figures share: runs, labels with a halo, symbols with a subscript, vertical rules. Pure
 * functions from data to layers.
 */
import type { RunRow } from "../types.ts"
import type { Domain } from "./scales.ts"
import { colors, type Layer, outcomes } from "./theme.ts"
import { type Symbols, tipOf } from "./tip.ts"

/** A run as a figure draws it. */
export interface Mark {
  readonly x: number
  readonly y: number | null
  readonly outcome: string
  readonly key: string
  readonly tip: Readonly<Record<string, string>>
}

export const marksOf = (
  runs: ReadonlyArray<RunRow>,
  x: (run: RunRow) => number,
  y: (run: RunRow) => number | null,
  symbols?: Symbols
): ReadonlyArray<Mark> =>
  [...runs]
    .sort((a, b) => a.learningRate - b.learningRate)
    .map((run) => ({ x: x(run), y: y(run), outcome: run.outcome, key: run.key, tip: tipOf(run, symbols) }))

/**
 * Converged runs in stretches without another outcome between them: a line joins runs only within a stretch, so it
 * never passes over a run that did not converge.
 */
export const stretches = <M extends Mark>(marks: ReadonlyArray<M>): ReadonlyArray<M & { readonly stretch: number }> => {
  const joined: Array<M & { readonly stretch: number }> = []
  let stretch = 0
  for (const mark of marks) {
    if (mark.outcome === "Converged" && mark.y !== null) joined.push({ ...mark, stretch })
    else stretch += 1
  }
  return joined
}

/** The outcomes that occur, in the order of the legend. */
const present = (marks: ReadonlyArray<Mark>) =>
  outcomes.filter(({ name }) => marks.some(({ outcome }) => outcome === name))

export interface Axes {
  readonly x: object
  readonly y: object
}

/** The line through the converged runs. */
export const joinedLine = (marks: ReadonlyArray<Mark>, axes: Axes, color: string = outcomes[0]!.color): Layer => ({
  data: { values: stretches(marks).map(({ x, y, stretch }) => ({ x, y, stretch })) },
  mark: { type: "line", color, opacity: 0.55, tooltip: false },
  encoding: {
    x: { field: "x", type: "quantitative", ...axes.x },
    y: { field: "y", type: "quantitative", ...axes.y },
    detail: { field: "stretch", type: "nominal" }
  }
})

/**
 * Runs as points: colour and shape say how each ended, only converged ones are filled. A run without a value (it
 * diverged) sits at `edge`, or is left out where that is `null`. `name` is the view that the figure's hover listens to.
 */
export const runPoints = (name: string, marks: ReadonlyArray<Mark>, axes: Axes, edge: number | null): Layer => {
  const seen = present(marks)
  const domain = seen.map((outcome) => outcome.name)
  const shown = marks.filter(({ y }) => y !== null || edge !== null)
  const fills = seen.map(({ name: outcome, color }) => (outcome === "Converged" ? color : colors.paper))
  const channel = (range: ReadonlyArray<string>) =>
    ({ field: "outcome", type: "nominal", scale: { domain, range: [...range] }, legend: { title: null } }) as const
  return {
    name,
    data: { values: shown.map((mark) => ({ ...mark, y: mark.y ?? edge, offScale: mark.y === null })) },
    mark: { type: "point", cursor: "pointer" },
    encoding: {
      x: { field: "x", type: "quantitative", ...axes.x },
      y: { field: "y", type: "quantitative", ...axes.y },
      stroke: channel(seen.map(({ color }) => color)),
      fill: channel(fills),
      shape: channel(seen.map(({ shape }) => shape)),
      size: { condition: { param: "hover", empty: false, value: 170 }, value: 62 },
      tooltip: { field: "tip", type: "nominal" }
    }
  }
}

/** The hover that a figure's points share: the run under the pointer grows in every panel. */
export const hover = (views: ReadonlyArray<string>) => ({
  name: "hover",
  select: { type: "point" as const, fields: ["key"], on: "pointerover", clear: "pointerout" },
  views: [...views]
})

export interface LabelStyle {
  readonly align?: "left" | "center" | "right"
  readonly dx?: number
  readonly dy?: number
  readonly color?: string
  readonly fontSize?: number
  readonly fontWeight?: 400 | 600
}

/** A label with a halo, so that it can be read over lines. */
export const label = (
  text: string,
  at: { readonly x: number; readonly y: number },
  axes: Axes,
  style: LabelStyle = {}
): ReadonlyArray<Layer> => {
  const { align = "left", dx = 0, dy = 0, color = colors.ink, fontSize = 11, fontWeight = 400 } = style
  const encoding = {
    x: { field: "x", type: "quantitative" as const, ...axes.x },
    y: { field: "y", type: "quantitative" as const, ...axes.y }
  }
  const mark = {
    type: "text" as const,
    text,
    align,
    baseline: "middle" as const,
    dx,
    dy,
    fontSize,
    fontWeight,
    tooltip: false
  }
  return [
    { data: { values: [at] }, mark: { ...mark, stroke: colors.paper, strokeWidth: 4, strokeJoin: "round" }, encoding },
    { data: { values: [at] }, mark: { ...mark, color }, encoding }
  ]
}

/** A vertical rule with a name above the plot: `base` with `subscript`. */
export interface VerticalRule {
  readonly x: number
  readonly base: string
  readonly subscript: string
  readonly strong: boolean
}

/** Where the name of a rule goes: on which side of it, and in which line of names. */
export interface PlacedRule extends VerticalRule {
  readonly side: "left" | "center" | "right"
  readonly row: number
}

const rowHeight = 16

/** Only rules inside the domain; the names of neighbours go to the outer sides, those between them one line up. */
export const placeRules = (
  rules: ReadonlyArray<VerticalRule>,
  domain: Domain,
  nearness: number
): ReadonlyArray<PlacedRule> => {
  const inside = rules.filter(({ x }) => x >= domain[0] && x <= domain[1]).sort((a, b) => a.x - b.x)
  const groups: Array<Array<VerticalRule>> = []
  for (const rule of inside) {
    const last = groups.at(-1)
    const near = last !== undefined && Math.log(rule.x / last.at(-1)!.x) < nearness * Math.log(domain[1] / domain[0])
    if (near) last.push(rule)
    else groups.push([rule])
  }
  return groups.flatMap((group) =>
    group.map((rule, i): PlacedRule => {
      if (group.length === 1) return { ...rule, side: "center", row: 0 }
      if (i === 0) return { ...rule, side: "left", row: 0 }
      return i === group.length - 1 ? { ...rule, side: "right", row: 0 } : { ...rule, side: "center", row: i }
    })
  )
}

/** Pixels from the rule to where its base ends and its subscript begins. */
const joint = ({ side, subscript }: PlacedRule): number => {
  const subscriptWidth = 6.5 * subscript.length
  const baseWidth = 18
  if (side === "left") return -5 - subscriptWidth
  return side === "right" ? 5 + baseWidth : (baseWidth - subscriptWidth) / 2
}

/** Vertical rules, named above the plot where `named`. A subscript is its own mark: the renderer knows plain text only. */
export const verticalRules = (rules: ReadonlyArray<PlacedRule>, axes: Axes, named: boolean): ReadonlyArray<Layer> =>
  rules.flatMap((rule) => {
    const color = rule.strong ? colors.ink : colors.muted
    const x = { field: "x", type: "quantitative" as const, ...axes.x }
    const data = { values: [{ x: rule.x }] }
    const y = { value: -9 - rule.row * rowHeight }
    const top = rule.side === "center" ? y.value + 8 : -rowHeight
    const dash = rule.strong ? [1, 0] : [2, 3]
    const line: Layer = {
      data,
      mark: {
        type: "rule",
        color,
        strokeWidth: rule.strong ? 1.4 : 1.1,
        strokeDash: dash,
        opacity: 0.8,
        tooltip: false
      },
      encoding: { x, ...(named ? { y: { value: top }, y2: { value: "height" as const } } : {}) }
    }
    if (!named) return [line]
    const text = { type: "text" as const, color, baseline: "middle" as const, tooltip: false }
    const dx = joint(rule)
    const fontWeight = rule.strong ? (600 as const) : (400 as const)
    return [
      line,
      { data, mark: { ...text, text: rule.base, align: "right", dx, fontWeight }, encoding: { x, y } },
      {
        data,
        mark: { ...text, text: rule.subscript, align: "left", dx: dx + 1, dy: 4, fontSize: 9, fontWeight },
        encoding: { x, y }
      }
    ]
  })
