/**
 * What a sweep shows, as numbers: how its runs compare with gradient flow below the critical rate, with 2/η above it,
 * and where test loss is least. Only converged runs count. Knows nothing of words; `abstract.ts` says it.
 */
import { bestRun } from "./figures/testLoss.ts"
import { reached } from "./flow.ts"
import type { FlowSummary, Outcome, RunRow } from "./types.ts"

export interface Range {
  readonly low: number
  readonly high: number
}

/** One norm against gradient flow below the critical rate, and against the learning rate above it. */
export interface NormFinding {
  readonly flow: number
  readonly deviation: number | null // largest |norm / flow − 1| at and below `alignedUpTo`, of a flow that reached its threshold
  readonly first: number | null // at the smallest converged rate above the critical one
  readonly last: number | null // at the largest converged rate
  readonly trend: number | null // Kendall's τ with η above the critical rate
}

/** Where test loss is least, and how it compares with both ends of the converged rates. */
export interface TestFinding {
  readonly best: RunRow
  readonly smallest: RunRow
  readonly largest: RunRow
  readonly shape: "interior" | "smallest" | "largest" | "unclear" | "flat"
  readonly bestHasLeastNorm: boolean
  readonly bestIsFlattest: boolean
}

export interface Findings {
  readonly counts: Readonly<Record<Outcome, number>>
  readonly ratios: Range
  readonly aligned: { readonly runs: number; readonly sharpnessDeviation: number | null }
  readonly beyond: {
    readonly runs: number
    readonly stability: Range | null // S · η
    readonly share: Range | null // S · η / the limit of each run
    readonly isPlain: boolean // the limit of every run is 2
  }
  readonly l1: NormFinding
  readonly l2Squared: NormFinding
  readonly test: TestFinding | null
}

/** Up to here, in units of the critical rate, runs are compared with gradient flow; from there on with 2/η. */
export const alignedUpTo = 0.8
export const beyondFrom = 1.2

/** Test losses within this share of each other are not told apart: there is one run a rate. */
const indistinct = 0.01

/** Kendall's τ of pairs in the order of `x`: 1 where y always grows, −1 where it always falls; `null` below three. */
export const kendall = (pairs: ReadonlyArray<readonly [x: number, y: number]>): number | null => {
  if (pairs.length < 3) return null
  let balance = 0
  for (let i = 0; i < pairs.length; i++) {
    for (let j = 0; j < i; j++) {
      balance += Math.sign(pairs[i]![0] - pairs[j]![0]) * Math.sign(pairs[i]![1] - pairs[j]![1])
    }
  }
  return balance / ((pairs.length * (pairs.length - 1)) / 2)
}

const rangeOf = (values: ReadonlyArray<number>): Range | null =>
  values.length === 0 ? null : { low: Math.min(...values), high: Math.max(...values) }

const deviationFrom = (level: number, values: ReadonlyArray<number>): number | null =>
  values.length === 0 || level === 0 ? null : Math.max(...values.map((value) => Math.abs(value / level - 1)))

type Measure = (run: RunRow) => number | null

/** The measured values of runs, with the runs they belong to left behind. */
const valuesOf = (runs: ReadonlyArray<RunRow>, measure: Measure): ReadonlyArray<number> =>
  runs.flatMap((run) => measure(run) ?? [])

const normFinding = (
  converged: ReadonlyArray<RunRow>,
  flow: FlowSummary,
  level: number,
  measure: Measure
): NormFinding => {
  const above = converged.filter(({ ratio }) => ratio > 1)
  const pairs = above.flatMap((run) => {
    const value = measure(run)
    return value === null ? [] : [[run.learningRate, value] as const]
  })
  const aligned = converged.filter(({ ratio }) => ratio <= alignedUpTo)
  return {
    flow: level,
    deviation: reached(flow) ? deviationFrom(level, valuesOf(aligned, measure)) : null,
    first: pairs[0]?.[1] ?? null,
    last: pairs.at(-1)?.[1] ?? null,
    trend: kendall(pairs)
  }
}

const least = (runs: ReadonlyArray<RunRow>, measure: Measure): RunRow | undefined => {
  let found: RunRow | undefined
  for (const run of runs) {
    const value = measure(run)
    if (value !== null && (found === undefined || value < measure(found)!)) found = run
  }
  return found
}

const testFinding = (converged: ReadonlyArray<RunRow>): TestFinding | null => {
  const tested = converged.filter(({ testLoss }) => testLoss !== null)
  const best = bestRun(tested)
  const [smallest, largest] = [tested[0], tested.at(-1)]
  if (best === undefined || smallest === undefined || largest === undefined || smallest === largest) return null
  const losses = valuesOf(tested, ({ testLoss }) => testLoss)
  const spread = Math.max(...losses) - Math.min(...losses)
  const clearlyBelow = (run: RunRow) => best.testLoss! < run.testLoss! * (1 - indistinct)
  const [belowSmallest, belowLargest] = [clearlyBelow(smallest), clearlyBelow(largest)]
  const end = best === smallest && belowLargest ? "smallest" : best === largest && belowSmallest ? "largest" : "unclear"
  const place = belowSmallest && belowLargest ? "interior" : end
  const asGood = tested.filter((run) => !clearlyBelow(run))
  return {
    best,
    smallest,
    largest,
    shape: spread <= indistinct * Math.max(...losses) ? "flat" : place,
    bestHasLeastNorm: asGood.includes(least(tested, ({ l1 }) => l1) ?? best),
    bestIsFlattest: asGood.includes(least(tested, ({ sharpness }) => sharpness) ?? best)
  }
}

/** The findings of one model's sweep. */
export const findingsOf = (runs: ReadonlyArray<RunRow>, flow: FlowSummary): Findings => {
  const ordered = [...runs].sort((a, b) => a.learningRate - b.learningRate)
  const converged = ordered.filter(({ outcome }) => outcome === "Converged")
  const count = (outcome: Outcome) => ordered.filter((run) => run.outcome === outcome).length
  const aligned = converged.filter(({ ratio }) => ratio <= alignedUpTo)
  const beyond = converged.filter(({ ratio }) => ratio >= beyondFrom)
  return {
    counts: {
      Converged: converged.length,
      Exhausted: count("Exhausted"),
      Unstable: count("Unstable"),
      Diverged: count("Diverged")
    },
    ratios: rangeOf(ordered.map(({ ratio }) => ratio)) ?? { low: 0, high: 0 },
    aligned: {
      runs: aligned.length,
      sharpnessDeviation: reached(flow)
        ? deviationFrom(
            flow.finalSharpness,
            valuesOf(aligned, ({ sharpness }) => sharpness)
          )
        : null
    },
    beyond: {
      runs: beyond.length,
      stability: rangeOf(valuesOf(beyond, ({ stability }) => stability)),
      share: rangeOf(valuesOf(beyond, ({ stability, stableBelow }) => stability && stability / stableBelow)),
      isPlain: ordered.every(({ stableBelow }) => stableBelow === 2)
    },
    l1: normFinding(converged, flow, flow.finalL1, ({ l1 }) => l1),
    l2Squared: normFinding(converged, flow, flow.finalL2Squared, ({ l2Squared }) => l2Squared),
    test: testFinding(converged)
  }
}
