/**
 * What is said of a gradient flow, and of all that rests on it. One that did not reach its threshold has met only a part of
 * the sharpness along the way: S_max is then a lower bound, η_c = 2/S_max an upper bound, η/η_c a lower bound, and the flow's
 * end is no end. Every figure, number and sentence asks here.
 */
import type { Caption } from "./captions.ts"
import { formatInteger, formatNumber } from "./format.ts"
import type { FlowSummary, RunRow } from "./types.ts"

/** Whether the flow reached its threshold, so that its sharpness and its end are what they are called. */
export const reached = ({ outcome }: Pick<FlowSummary, "outcome">): boolean => outcome === "Converged"

/** How a flow that did not reach its threshold ended; `undefined` for one that did. */
export const shortfall = (
  flow: Pick<FlowSummary, "outcome" | "threshold" | "trainLoss" | "steps">
): string | undefined => {
  if (reached(flow)) return undefined
  const how = flow.outcome === "Diverged" ? "diverged" : "ran out of steps"
  const steps = `${formatInteger(flow.steps)} ${flow.steps === 1 ? "step" : "steps"}`
  return `gradient flow did not reach the threshold: it ${how} (${flow.outcome}) after ${steps}, at training loss ${formatNumber(flow.trainLoss)} above ${formatNumber(flow.threshold)}`
}

/** What that means for the numbers, for whoever reads nothing else; `undefined` where the flow reached its threshold. */
export const flowNotice = (flow: FlowSummary): string | undefined => {
  const short = shortfall(flow)
  return short === undefined
    ? undefined
    : `${short[0]!.toUpperCase()}${short.slice(1)}. What is called S_max here is the largest sharpness so far, a lower bound; ` +
        `η_c = 2/S_max = ${formatNumber(flow.criticalRate)} is an upper bound of the critical rate, and every ratio η/η_c a lower bound. ` +
        "S_end and the norms of the flow are of where it stopped, not at the threshold, so no run is compared with them."
}

/** A caption, with the notice of the flow that the figure rests on. */
export const withNotice = (caption: Caption, flow: Pick<FlowSummary, "outcome">): Caption =>
  reached(flow) ? caption : { ...caption, caption: `${caption.caption} ${figureNotice}` }

const figureNotice =
  "Here gradient flow did not reach the threshold: its levels are of where it stopped, the critical rate is an upper bound, and multiples of it are lower bounds."

/** What the level of the flow is called in a figure. */
export const flowLabel = (flow: FlowSummary): string =>
  reached(flow) ? "gradient flow" : "gradient flow, stopped above the threshold"

/** What stands before a multiple of the critical rate: it is one, or it is at least so much. */
export const atLeast = ({ flowOutcome }: Pick<RunRow, "flowOutcome">): string =>
  reached({ outcome: flowOutcome }) ? "" : "≥ "
