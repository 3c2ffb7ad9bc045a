/**
 * What a run shows while it goes on: on a terminal one live region with a bar per running cell, elsewhere one line per
 * event. Writes to standard error only. Knows nothing of plans.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Recorded } from "../pipeline/Journal.ts"
import type { Report } from "../pipeline/Progress.ts"
import * as Reason from "../pipeline/Reason.ts"
import { duration, number } from "./words.ts"

export interface Screen {
  readonly observe: (event: Recorded) => void
  readonly progress: (address: string, report: Report) => void
}

interface Cell {
  readonly since: number
  report: Report
  /** Steps and time of the first report, from which the rate is taken. */
  first: { readonly steps: number; readonly at: number } | undefined
}

const REFRESH_MILLISECONDS = 100
const BAR_WIDTH = 20

/** The line that an event leaves behind, if it does. */
const lineOf = (event: Recorded, quiet: boolean): string | undefined => {
  switch (event.type) {
    case "action-started":
      return quiet ? undefined : `run   ${event.address}   ${Reason.format(event.reason)}`
    case "action-finished":
      return `done  ${event.address}   ${duration(event.milliseconds)}${event.resumed ? " (resumed)" : ""}`
    case "action-failed":
      return `FAIL  ${event.address}   ${event.tag}: ${event.message.split("\n")[0]}`
    case "healing":
      return `heal  ${event.address}   ${event.detail}`
    default:
      return undefined
  }
}

const bar = (fraction: number | undefined): string => {
  if (fraction === undefined) return "·".repeat(BAR_WIDTH)
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_WIDTH)
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full)
}

const cellLine = (address: string, cell: Cell, now: number): string => {
  const { fraction, numbers, steps } = cell.report
  const rate =
    steps !== undefined && cell.first !== undefined && now > cell.first.at
      ? `  ${number(Math.round((1000 * (steps - cell.first.steps)) / (now - cell.first.at)))} steps/s`
      : ""
  const shown = Object.entries(numbers ?? {})
    .map(([name, value]) => `  ${name} ${number(value)}`)
    .join("")
  return `${bar(fraction)} ${address}  ${duration(now - cell.since)}${shown}${rate}`
}

/** Lines on a stream that is no terminal. */
const plain = (write: (text: string) => void, now: () => number): Screen => {
  const shown = new Map<string, number>()
  return {
    observe: (event) => {
      const line = lineOf(event, false)
      if (line !== undefined) write(`${line}\n`)
    },
    progress: (address, { numbers, steps }) => {
      const last = shown.get(address)
      if (last === undefined) shown.set(address, now())
      if (last === undefined || now() - last < 30_000) return
      shown.set(address, now())
      const text = Object.entries(numbers ?? {})
        .map(([name, value]) => `${name} ${number(value)}`)
        .join("  ")
      write(`      ${address}   ${steps === undefined ? "" : `step ${steps}  `}${text}\n`)
    }
  }
}

/** A region at the bottom of a terminal that is drawn anew, with finished lines scrolling above it. */
const live = (stream: NodeJS.WriteStream, now: () => number): Effect.Effect<Screen, never, Scope.Scope> =>
  Effect.gen(function* () {
    const cells = new Map<string, Cell>()
    let drawn = 0
    let done = 0
    let total = 0
    const clear = () => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : "")
    const draw = (above: string) => {
      const width = (stream.columns ?? 80) - 1
      const lines =
        cells.size === 0
          ? []
          : [...[...cells].map(([address, cell]) => cellLine(address, cell, now())), `${done} of ${total} done`]
      stream.write(clear() + above + lines.map((line) => `${line.slice(0, width)}\n`).join(""))
      drawn = lines.length
    }
    const timer = setInterval(() => draw(""), REFRESH_MILLISECONDS)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        clearInterval(timer)
        stream.write(clear())
      })
    )
    return {
      observe: (event) => {
        if (event.type === "planned") total = event.run + event.mayRun
        if (event.type === "action-started") cells.set(event.address, { since: now(), report: {}, first: undefined })
        if (event.type === "action-finished" || event.type === "action-failed") cells.delete(event.address)
        if (event.type === "action-finished" || event.type === "action-cut-off") done++
        const line = lineOf(event, true)
        draw(line === undefined ? "" : `${line}\n`)
      },
      progress: (address, report) => {
        const cell = cells.get(address)
        if (cell === undefined) return
        cell.report = report
        if (cell.first === undefined && report.steps !== undefined) cell.first = { steps: report.steps, at: now() }
      }
    }
  })

const silent: Screen = { observe: () => undefined, progress: () => undefined }

/** Events as NDJSON on standard output, for other programs. */
const json: Screen = {
  observe: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
  progress: () => undefined
}

export const make = (options: {
  readonly json: boolean
  readonly quiet: boolean
  readonly now: () => number
}): Effect.Effect<Screen, never, Scope.Scope> => {
  if (options.json) return Effect.succeed(json)
  if (options.quiet) return Effect.succeed(silent)
  if (process.stderr.isTTY && process.env["TERM"] !== "dumb") return live(process.stderr, options.now)
  return Effect.succeed(plain((text) => void process.stderr.write(text), options.now))
}
