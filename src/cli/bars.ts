/**
 * How a run that goes on is drawn: a bar for each running cell, and a line that counts. Text from values; knows nothing of
 * terminals and of events.
 */
import type { Report } from "../pipeline/Progress.ts"
import { clip, columns, duration, number, shorten } from "./words.ts"

export interface Cell {
  readonly address: string
  readonly since: number // ms
  readonly report: Report
  /** Steps and time of the first report, from which the rate is taken. */
  readonly first: { readonly steps: number; readonly at: number } | undefined
}

export interface Counts {
  /** What is to be done in this run. */
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly skipped: number
}

/** When and where it is drawn. */
export interface Frame {
  readonly now: number // ms
  readonly since: number // ms
  readonly width: number
  readonly height: number
}

const FULL_BAR = 20
const SHORT_BAR = 10
/** On a narrower screen bars are short, to leave room for addresses. */
const ROOMY = 99
/** So much of an address is shown however narrow the screen is. */
const LEAST_ADDRESS = 12

/** Dots where it cannot be told how far something is. */
const bar = (fraction: number | undefined, width: number): string => {
  if (fraction === undefined || !Number.isFinite(fraction)) return "·".repeat(width)
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * width)
  return "█".repeat(full) + "░".repeat(width - full)
}

/** `loss 0.2500`, … */
export const numbersOf = ({ numbers }: Report): ReadonlyArray<string> =>
  Object.entries(numbers ?? {}).map(([name, value]) => `${name} ${number(value)}`)

const rateOf = ({ report: { steps }, first }: Cell, now: number): ReadonlyArray<string> => {
  if (first === undefined || steps === undefined || now <= first.at) return []
  const rate = (1000 * (steps - first.steps)) / (now - first.at)
  return [`${number(rate < 10 ? rate : Math.round(rate))} steps/s`]
}

/** A line for each cell; where the screen is narrow, addresses give way to numbers. */
const cellLines = (cells: ReadonlyArray<Cell>, now: number, width: number): ReadonlyArray<string> => {
  if (cells.length === 0) return []
  const barWidth = width < ROOMY ? SHORT_BAR : FULL_BAR
  const details = cells.map((cell) => [...numbersOf(cell.report), ...rateOf(cell, now)].join("  "))
  const times = cells.map(({ since }) => duration(now - since))
  const widest = (texts: ReadonlyArray<string>): number => Math.max(...texts.map((text) => text.length))
  const room = Math.max(LEAST_ADDRESS, width - barWidth - 1 - 2 - widest(times) - 2 - widest(details))
  return columns(
    cells.map(({ address, report }, i) => [
      `${bar(report.fraction, barWidth)} ${shorten(address, room)}`,
      times[i]!,
      details[i]!
    ])
  ).split("\n")
}

const countLine = ({ total, done, failed, skipped }: Counts, running: number, elapsed: number): string => {
  const rest = { failed, skipped, running, "to go": total - done - failed - skipped - running }
  const amounts = Object.entries(rest).flatMap(([what, amount]) => (amount > 0 ? [`${amount} ${what}`] : []))
  return `${[`${done} of ${total} done`, ...amounts].join(", ")}  ${duration(elapsed)}`
}

/** All lines, none wider than the screen and no more of them than it has; counts are last. */
export const draw = (
  cells: ReadonlyArray<Cell>,
  counts: Counts,
  { now, since, width, height }: Frame
): ReadonlyArray<string> => {
  const shown = cells.slice(0, Math.max(0, height - 1))
  return [...cellLines(shown, now, width), countLine(counts, cells.length, now - since)].map((line) =>
    clip(line, width)
  )
}
