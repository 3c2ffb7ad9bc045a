/**
 * A sweep in words. Every sentence is chosen by a rule over the findings, the one that disagrees with the paper as
 * readily as the one that agrees; none is written beforehand.
 */
import { type Symbols, symbolsOf } from "./figures/tip.ts"
import {
  alignedUpTo,
  beyondFrom,
  type Findings,
  findingsOf,
  type NormFinding,
  type Range,
  type TestFinding
} from "./findings.ts"
import { reached } from "./flow.ts"
import { formatFixed, formatNumber, formatPercent } from "./format.ts"
import type { Study } from "./types.ts"

/** Within this share of a level or of 2/η a run counts as lying on it. */
const onLevel = 0.05
const onEdge = 0.1
/** From this Kendall τ on a quantity counts as moving in one direction. */
const oneDirection = 0.8

/** A bound, so rounded up: "within 0.1 %". */
const within = (share: number): string =>
  share < 0.1 ? formatPercent(Math.ceil(share * 1000) / 1000) : formatPercent(Math.ceil(share * 100) / 100, 0)

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const joined = (parts: ReadonlyArray<string>): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`

const outcomesIn = ({ counts }: Findings): string => {
  const parts = [
    counts.Converged === 0 ? "No run converged" : plural(counts.Converged, "run converged", "runs converged")
  ]
  if (counts.Exhausted > 0) parts.push(`${counts.Exhausted} ran out of steps`)
  if (counts.Unstable > 0) parts.push(`${counts.Unstable} stopped at an unstable minimum`)
  if (counts.Diverged > 0) parts.push(`${counts.Diverged} diverged`)
  return `${joined(parts)}.`
}

const ratesIn = (runs: number, { low, high }: Range): string =>
  low === high
    ? `${plural(runs, "learning rate", "learning rates")}, ${formatNumber(low)}`
    : `${runs} learning rates from ${formatNumber(low)} to ${formatNumber(high)}`

const setting = ({ flow, runs }: Study, findings: Findings): string =>
  `Runs at ${ratesIn(runs.length, findings.ratios)} times the critical rate ` +
  `η_c = 2/S_max = ${formatNumber(flow.criticalRate)}, where S_max = ${formatNumber(flow.maximalSharpness)} is the largest ` +
  `sharpness along gradient flow${reached(flow) ? "" : " as far as it went: an upper bound of the critical rate"}. ${outcomesIn(findings)}`

const belowCritical = ({ flow }: Study, { aligned, l1 }: Findings, symbols: Symbols): string => {
  if (!reached(flow))
    return "Runs at small rates are not compared with gradient flow, which did not reach the threshold."
  const { runs, sharpnessDeviation } = aligned
  if (runs === 0 || sharpnessDeviation === null || l1.deviation === null) {
    return `No converged run at or below ${alignedUpTo} η_c was measured, so nothing is said about small rates.`
  }
  const sharpness = `sharpness within ${within(sharpnessDeviation)} of S_end = ${formatNumber(flow.finalSharpness)}`
  const norm = `${symbols.l1} within ${within(l1.deviation)} of ${formatNumber(l1.flow)}`
  const like = sharpnessDeviation <= onLevel && l1.deviation <= onLevel
  return like
    ? `Up to ${alignedUpTo} η_c the runs end like gradient flow: ${sharpness}, ${norm}.`
    : `Up to ${alignedUpTo} η_c the runs do not all end like gradient flow: ${sharpness}, ${norm}.`
}

const normTrend = (symbol: string, { first, last, trend }: NormFinding): string => {
  if (trend === null || first === null || last === null) return `too few runs converged to say how ${symbol} changes`
  const path = `from ${formatNumber(first)} to ${formatNumber(last)}`
  if (trend >= oneDirection) return `${symbol} grows with η, ${path}`
  if (trend <= -oneDirection) return `${symbol} falls with η, ${path}`
  return `${symbol} changes ${path} but not in one direction (Kendall τ = ${formatFixed(trend)})`
}

const aboveCritical = (findings: Findings, symbols: Symbols, bothNorms: boolean): string => {
  const { runs, stability, share, isPlain } = findings.beyond
  if (runs === 0 || stability === null || share === null) {
    return `No run at or above ${beyondFrom} η_c converged, so nothing is said about the edge of stability.`
  }
  const range = `S·η between ${formatFixed(stability.low)} and ${formatFixed(stability.high)}`
  const away = Math.max(Math.abs(share.low - 1), Math.abs(share.high - 1))
  const edge = isPlain ? "2/η" : "the limit of stability"
  const sharpness =
    away <= onEdge
      ? `sharpness lies within ${within(away)} of ${edge} (${range})`
      : `sharpness does not lie on ${edge} (${range})`
  const norms = [
    ...(bothNorms ? [normTrend(symbols.l2Squared, findings.l2Squared)] : []),
    normTrend(symbols.l1, findings.l1)
  ]
  return `From ${beyondFrom} η_c on ${sharpness}; above η_c ${joined(norms)}.`
}

/** What the place of the least test loss says about both biases. */
const verdict = ({ bestHasLeastNorm, bestIsFlattest }: TestFinding): string => {
  if (!bestHasLeastNorm && !bestIsFlattest)
    return "Neither the run of least norm nor the flattest run generalises best."
  if (bestHasLeastNorm && bestIsFlattest) return "The run that generalises best has the least norm and is the flattest."
  return `The run that generalises best ${bestHasLeastNorm ? "has the least norm" : "is the flattest"}.`
}

const generalisation = ({ test }: Findings): string => {
  if (test === null) return "Test loss was not measured on enough converged runs to compare them."
  const { best, smallest, largest, shape } = test
  const least = `Test loss is least at ${formatNumber(best.ratio)} η_c (${formatNumber(best.testLoss)})`
  const against = (run: typeof best) => `${formatNumber(run.testLoss)} at ${formatNumber(run.ratio)} η_c`
  switch (shape) {
    case "flat":
      return "Test loss hardly depends on the learning rate: all converged runs lie within 1\u202f%."
    case "interior":
      return `${least}, below both ends of the converged rates (${against(smallest)}, ${against(largest)}). ${verdict(test)}`
    case "unclear":
      return `${least}, but not clearly below both ends of the converged rates (${against(smallest)}, ${against(largest)}).`
    case "largest":
      return `${least}, the largest converged rate; the smallest gives ${against(smallest)}. ${verdict(test)}`
    case "smallest":
      return `${least}, the smallest converged rate; the largest gives ${against(largest)}. ${verdict(test)}`
  }
}

/** One study as a paragraph. Of diagonal networks both norms are told: ‖w‖₂² = ‖β‖₁ and ‖w‖₁ behave differently. */
export const abstractOf = (study: Study): string => {
  if (study.runs.length === 0) return "No run was made."
  const findings = findingsOf(study.runs, study.flow)
  const symbols = symbolsOf(study.model)
  return [
    setting(study, findings),
    belowCritical(study, findings, symbols),
    aboveCritical(findings, symbols, study.model === "diagonal"),
    generalisation(findings)
  ].join(" ")
}
