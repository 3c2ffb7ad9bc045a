/**
 * The axes that figures share: learning rate across, a measured quantity up.
 */
import { reached } from "../flow.ts"
import { formatNumber } from "../format.ts"
import type { FlowSummary, RunRow } from "../types.ts"
import { type Axes, type PlacedRule, placeRules } from "./marks.ts"
import { type Domain, extentLog, logLabel, logTicks, widenLog } from "./scales.ts"

/** The learning rates of a figure, a little wider than its runs. */
export const ratesOf = (runs: ReadonlyArray<RunRow>): Domain =>
  widenLog(extentLog(runs.map(({ learningRate }) => learningRate)), 0.03)

/** A logarithmic axis, with labels only where `title` is given. */
export const logAxis = (domain: Domain, title: string | null) => ({
  scale: { type: "log" as const, domain: [...domain], nice: false },
  axis: {
    title,
    labels: title !== null,
    ticks: title !== null,
    values: [...logTicks(domain)],
    labelExpr: logLabel(domain),
    labelOverlap: "greedy" as const,
    grid: true
  }
})

/** A linear axis without a title of its own: the panel's title names it. Room below zero carries no label. */
export const linearAxis = (domain: Domain, format?: string) => ({
  scale: { domain: [...domain], nice: false, zero: false },
  axis: {
    title: null,
    tickCount: 5,
    grid: true,
    labelExpr: "datum.value < 0 ? '' : datum.label",
    ...(format === undefined ? {} : { format })
  }
})

export const rateTitle = (flow: FlowSummary): string =>
  `Learning rate η  (critical rate: ${reached(flow) ? "" : "at most "}${formatNumber(flow.criticalRate)})`

/** Learning rate across, a linear quantity up. */
export const rateAxes = (rates: Domain, values: Domain, title: string | null, format?: string): Axes => ({
  x: logAxis(rates, title),
  y: linearAxis(values, format)
})

/** The three rates at which 2/η meets the sharpness of gradient flow: at its start, at its maximum, at its end. */
export const flowRules = (flow: FlowSummary, rates: Domain): ReadonlyArray<PlacedRule> =>
  placeRules(
    [
      { x: 2 / flow.initialSharpness, base: "2/S", subscript: "0", strong: false },
      { x: flow.criticalRate, base: "2/S", subscript: "max", strong: true },
      { x: 2 / flow.finalSharpness, base: "2/S", subscript: "end", strong: false }
    ],
    rates,
    0.2
  )
