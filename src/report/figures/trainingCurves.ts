/**
 * Figure: loss and sharpness during training at a few learning rates. Each run's own 2/η is drawn in its colour: the
 * sharpness rises until it meets that line, and then stays there.
 */
import { atLeast } from "../flow.ts"
import { formatFixed, formatNumber, formatSignificant, shortKey } from "../format.ts"
import type { LossPoint, Outcome, SharpnessPoint } from "../types.ts"
import { linearAxis, logAxis } from "./axes.ts"
import { type Axes, label } from "./marks.ts"
import { type Domain, extent, extentLog, measured, widenLog } from "./scales.ts"
import {
  curveColors,
  type Figure,
  type FigureOptions,
  type Layer,
  layoutOf,
  type Panel,
  panelWidth,
  schemaUrl,
  theme
} from "./theme.ts"
import { thin } from "./thin.ts"

const layout = { margin: 48, columns: 1, spacing: 0, narrowLegend: 1 }
const heights = { loss: 200, sharpness: 220 }
const mostPoints = 420 // per curve: more cannot be told apart on a screen

/** What the points of a run share. */
interface Run {
  readonly ratio: number
  readonly flowOutcome: Outcome
  readonly learningRate: number
  readonly stableBelow: number
  readonly key: string
}

/** One run's curve of one quantity. */
interface Curve extends Run {
  readonly points: ReadonlyArray<{ readonly step: number; readonly value: number }>
}

const curvesOf = <P extends Run & { readonly step: number }>(
  points: ReadonlyArray<P>,
  value: (point: P) => number
): ReadonlyArray<Curve> => {
  const keys = [...new Set(points.map(({ key }) => key))]
  return keys.map((key) => {
    const own = points
      .filter((point) => point.key === key && Number.isFinite(value(point)))
      .sort((a, b) => a.step - b.step)
      .map((point) => ({ step: point.step, value: value(point) }))
    const { ratio, learningRate, flowOutcome, stableBelow } = points.find((point) => point.key === key)!
    const shown = thin(own, (point) => point.value, mostPoints)
    return { ratio, flowOutcome, learningRate, stableBelow, key, points: shown }
  })
}

/** Names that tell all runs apart: by their rates, and by their keys where several have one rate. */
const namesOf = (runs: ReadonlyArray<Run>): ReadonlyArray<string> => {
  const names = runs.map(
    ({ ratio, flowOutcome, learningRate }) =>
      `η = ${formatSignificant(learningRate)}, ${atLeast({ flowOutcome })}${formatFixed(ratio)} × critical`
  )
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${shortKey(runs[i]!.key)})`
  )
}

type Mark = Extract<Layer, { readonly mark: unknown }>["mark"]

/**
 * The curves of one panel, as lines or as the points of which they consist. A curve is known by its place among the runs,
 * which the legend spells out.
 */
const curvesAs = (
  name: string,
  mark: Mark,
  curves: ReadonlyArray<Curve>,
  all: ReadonlyArray<Run>,
  axes: Axes
): Layer => {
  const place = new Map(all.map(({ key }, i) => [key, i]))
  const names = namesOf(all)
    .map((each) => `'${each}'`)
    .join(",")
  return {
    name,
    data: {
      values: curves.flatMap(({ key, points }) =>
        points.map(({ step, value }) => ({ run: place.get(key), x: step, y: Number(value.toPrecision(6)) }))
      )
    },
    mark,
    encoding: {
      x: { field: "x", type: "quantitative", ...axes.x },
      y: { field: "y", type: "quantitative", ...axes.y },
      color: {
        field: "run",
        type: "nominal",
        scale: { domain: all.map((_, i) => i), range: all.map((_, i) => curveColors[i % curveColors.length]!) },
        legend: {
          title: null,
          symbolType: "stroke",
          symbolStrokeWidth: 3,
          labelExpr: `[${names}][datum.value]`
        }
      },
      opacity: { condition: { param: "curve", value: 1 }, value: 0.12 }
    }
  }
}

/** The sharpness up to which a quadratic is stable: 2/η for gradient descent. */
const edgeOf = ({ stableBelow, learningRate }: Run): number => stableBelow / learningRate

/** Each run's edge of stability, named at the right, where it lies inside the panel; one line for equal ones. */
const edges = (runs: ReadonlyArray<Run>, steps: Domain, values: Domain, axes: Axes): ReadonlyArray<Layer> =>
  runs.flatMap((run, i) => {
    const edge = edgeOf(run)
    const color = curveColors[i % curveColors.length]!
    if (edge > values[1] || runs.findIndex((other) => edgeOf(other) === edge) < i) return []
    const name = run.stableBelow === 2 ? "2/η" : `${formatNumber(run.stableBelow)}/η`
    return [
      {
        data: { values: [{ y: edge }] },
        mark: { type: "rule", color, strokeDash: [5, 4], strokeWidth: 1.2, tooltip: false },
        encoding: { y: { field: "y", type: "quantitative", ...axes.y } }
      },
      ...label(name, { x: steps[1], y: edge }, axes, { align: "right", dx: -2, dy: -8, color, fontWeight: 600 })
    ]
  })

/** Training loss and sharpness against the step. */
export const trainingCurves = (
  losses: ReadonlyArray<LossPoint>,
  sharpnesses: ReadonlyArray<SharpnessPoint>,
  options: FigureOptions = {}
): Figure => {
  const width = panelWidth(options.width ?? 700, layout)
  const drawable = losses.filter(({ loss }) => loss > 0 && Number.isFinite(loss)) // what a logarithmic axis can show
  const lossCurves = curvesOf(drawable, ({ loss }) => loss)
  const sharpnessCurves = curvesOf(sharpnesses, ({ sharpness }) => sharpness)
  const pointsThat = (ended: SharpnessPoint["eigenvalue"]) =>
    curvesOf(
      sharpnesses.filter(({ eigenvalue }) => eigenvalue === ended),
      ({ sharpness }) => sharpness
    )
  const [settled, open] = [pointsThat("Converged"), pointsThat("Exhausted")]
  const byKey = new Map([...lossCurves, ...sharpnessCurves].map((curve): [string, Run] => [curve.key, curve]))
  const all = [...byKey.values()].sort((a, b) => a.ratio - b.ratio)
  const steps: Domain = [0, extent([...losses, ...sharpnesses].map(({ step }) => step))[1]]
  const lossValues = widenLog(extentLog(drawable.map(({ loss }) => loss)), 0.04)
  const highest = extent(measured(sharpnesses.map(({ sharpness }) => sharpness)))[1]
  const measuredRuns = all.filter(({ key }) => sharpnessCurves.some((curve) => curve.key === key))
  const edgesNear = measuredRuns.map(edgeOf).filter((edge) => edge < 1.35 * highest)
  const sharpnessValues: Domain = [0, 1.1 * Math.max(highest, ...edgesNear)]
  const stepAxis = (title: string | null) => {
    const axis = linearAxis(steps)
    return {
      ...axis,
      axis: {
        ...axis.axis,
        title,
        labels: title !== null,
        ticks: title !== null,
        tickCount: 6,
        labelOverlap: "greedy",
        labelExpr: "datum.value === 0 ? '0' : format(datum.value, '~s')"
      }
    }
  }
  const loss = logAxis(lossValues, "")
  const upper: Axes = { x: stepAxis(null), y: { ...loss, axis: { ...loss.axis, title: null, ticks: false } } }
  const lower: Axes = { x: stepAxis("Step"), y: linearAxis(sharpnessValues) }
  const lossPanel: Panel = {
    title: "Training loss",
    width,
    height: heights.loss,
    layer: [curvesAs("lossCurves", { type: "line", strokeWidth: 1.3, clip: true }, lossCurves, all, upper)]
  }
  const sharpnessPanel: Panel = {
    title: "Sharpness S during training",
    width,
    height: heights.sharpness,
    layer: [
      ...edges(measuredRuns, steps, sharpnessValues, lower),
      curvesAs("sharpnessCurves", { type: "line", strokeWidth: 1.5, clip: true }, sharpnessCurves, all, lower),
      curvesAs("sharpnessPoints", { type: "point", filled: true, size: 16 }, settled, all, lower),
      ...(open.length === 0
        ? []
        : [curvesAs("openPoints", { type: "point", filled: false, size: 30, strokeWidth: 1.2 }, open, all, lower)])
    ]
  }
  return {
    $schema: schemaUrl,
    description: "Training loss and sharpness S against the step at several learning rates, each with its own 2/η.",
    usermeta: layoutOf(layout),
    config: theme,
    params: [
      {
        name: "curve",
        select: { type: "point", fields: ["run"] },
        bind: "legend",
        views: ["lossCurves", "sharpnessCurves"]
      }
    ],
    spacing: 50,
    bounds: "flush",
    vconcat: [lossPanel, sharpnessPanel]
  }
}
