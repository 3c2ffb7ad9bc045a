/**
 * What a run shows while it goes on: on a terminal one live region with a bar per running cell, elsewhere one line per
 * event. Writes to standard error only. Knows nothing of plans.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Recorded } from "../pipeline/Journal.ts"
import type { Report } from "../pipeline/Progress.ts"
import * as Reason from "../pipeline/Reason.ts"
import * as Bars from "./bars.ts"
import { type Cell, type Counts, numbersOf, todoOf } from "./bars.ts"
import { clip, duration, shortKey } from "./words.ts"

export interface Screen {
  readonly observe: (event: Recorded) => void
  readonly progress: (address: string, report: Report) => void
}

export interface Options {
  readonly json: boolean
  readonly quiet: boolean
  readonly now: () => number
  /** How long the rest will take, where that is known. */
  readonly left?: Bars.Left
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const
const REFRESH_MILLISECONDS = 100
/** On a stream that is no terminal, progress has a line no more often than this. */
const LINE_MILLISECONDS = 30_000

type Failed = Extract<Recorded, { readonly type: "action-failed" | "action-retried" }>

/** What went wrong in a line, without what the line says already. */
const failureOf = ({ address, tag, message }: Failed): string =>
  `${tag}: ${message.split("\n")[0]!.replace(`${address} failed with ${tag}: `, "")}`

/** What it means that something else came out, in a line. */
const differenceOf = ({ earlier, output, run, accepted }: Extract<Recorded, { readonly type: "action-differs" }>) => {
  const why = accepted
    ? "it was accepted that this code makes the same, and it does not"
    : "it depends on something that is not among its inputs"
  return `made something else than in ${run} (${shortKey(earlier)} → ${shortKey(output)}): the new result holds, the earlier one is kept beside it; ${why}`
}

/** The line that an event leaves behind, if it does. */
const lineOf = (event: Recorded): string | undefined => {
  switch (event.type) {
    case "action-started":
      return `run   ${event.address}   ${Reason.format(event.reason)}`
    case "action-waiting":
      return `wait  ${event.address}   it is being made by process ${event.pid} on ${event.host}, of run ${event.run}`
    case "action-finished":
      return `done  ${event.address}   ${duration(event.milliseconds)}${event.resumed ? " (resumed)" : ""}`
    case "action-differs":
      return `DIFF  ${event.address}   ${differenceOf(event)}`
    case "action-failed":
      return `FAIL  ${event.address}   ${failureOf(event)}`
    case "action-retried":
      return `redo  ${event.address}   in ${duration(event.milliseconds)}: ${failureOf(event)}`
    case "action-partial":
      return `part  ${event.address}   without ${event.missing.join(", ")}`
    case "healing":
      return `heal  ${event.address}   ${event.detail}`
    default:
      return undefined
  }
}

const warningLine = (address: string, warning: string): string => `warn  ${address}   ${warning}`

/** Nothing is to be done yet. */
const NONE: Counts = { total: 0, done: 0, failed: 0, skipped: 0 }

/** Lines on a stream that is no terminal. */
const plain = (write: (text: string) => void, { now, left }: Options): Screen => {
  const shown = new Map<string, number>()
  let counts = NONE
  let told = now()
  return {
    observe: (event) => {
      counts = counted(counts, event)
      const line = lineOf(event)
      if (line !== undefined) write(`${line}\n`)
      if (event.type !== "action-finished" || now() - told < LINE_MILLISECONDS || todoOf(counts) === 0) return
      told = now()
      write(`      ${counts.done} of ${counts.total} done, ${left?.(told, todoOf(counts)) ?? "more to go"}\n`)
    },
    progress: (address, report) => {
      if (report.warning !== undefined) return write(`${warningLine(address, report.warning)}\n`)
      const last = shown.get(address)
      if (last === undefined) shown.set(address, now())
      if (last === undefined || now() - last < LINE_MILLISECONDS) return
      shown.set(address, now())
      const step = report.steps === undefined ? [] : [`step ${report.steps}`]
      write(`      ${address}   ${[...step, ...numbersOf(report)].join("  ")}\n`)
    }
  }
}

/** Made for the first time: what most are in a first run, so that it need not be said. */
const isFirst = (reason: Reason.Reason): boolean => reason._tag === "NeverMade" && reason.like === undefined

interface Running extends Cell {
  readonly reason: Reason.Reason
}

const COLORS: Readonly<Record<string, number>> = {
  ...{ done: 32, heal: 33, wait: 33, warn: 33, redo: 33, part: 33, DIFF: 31, FAIL: 31 }
}

/** After these a cell does not run; one that is tried again starts again. */
const isEnd = (event: Recorded): event is Extract<Recorded, { readonly type: "action-finished" }> | Failed =>
  event.type === "action-finished" || event.type === "action-failed" || event.type === "action-retried"

/** The first word in the color of what it says, where the terminal has colors. */
const painted = (line: string, stream: NodeJS.WriteStream): string => {
  const word = line.slice(0, 4)
  return stream.hasColors?.() === true ? `\x1b[${COLORS[word]}m${word}\x1b[0m${line.slice(4)}` : line
}

const counted = (counts: Counts, event: Recorded): Counts => {
  switch (event.type) {
    case "planned":
      return { ...counts, total: event.run + event.mayRun }
    case "healing":
      return { ...counts, total: counts.total + 1 }
    case "action-finished":
    case "action-cut-off":
      return { ...counts, done: counts.done + 1 }
    case "action-failed":
      return { ...counts, failed: counts.failed + 1 }
    case "action-skipped":
      return { ...counts, skipped: counts.skipped + 1 }
    default:
      return counts
  }
}

/**
 * A region at the bottom of a terminal that is drawn over itself, with a line for every finished cell scrolling above it.
 * Each line is cleared behind its end and not before it, so nothing flickers.
 */
const live = (stream: NodeJS.WriteStream, { now, left }: Options): Effect.Effect<Screen, never, Scope.Scope> =>
  Effect.gen(function* () {
    const since = now()
    const cells = new Map<string, Running>()
    let counts = NONE
    let drawn: ReadonlyArray<string> = []
    // Zero is what a terminal tells that does not know its size.
    const width = () => (stream.columns || 80) - 1

    /** To the first row of the region; a terminal that became narrower has broken its lines. */
    const toTop = (): string => {
      const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / (width() + 1))), 0)
      return rows > 0 ? `\r\x1b[${rows}A` : ""
    }
    const draw = (above: ReadonlyArray<string>): void => {
      const size = { now: now(), since, width: width(), height: (stream.rows || 24) - 1, ...(left && { left }) }
      const lines = Bars.draw([...cells.values()], counts, size)
      stream.write(`${toTop()}${[...above, ...lines].map((line) => `${line}\x1b[K\n`).join("")}\x1b[0J`)
      drawn = lines
    }
    const clear = (): void => {
      stream.write(`${toTop()}\x1b[0J`)
      drawn = []
    }
    const finishedLine = (event: Recorded): ReadonlyArray<string> => {
      const line = event.type === "action-started" ? undefined : lineOf(event)
      if (line === undefined) return []
      const reason = event.type === "action-finished" ? cells.get(event.address)?.reason : undefined
      const because = reason === undefined || isFirst(reason) ? "" : `   ${Reason.format(reason)}`
      // What nobody may miss is told whole.
      const whole = event.type === "action-differs"
      return [painted(whole ? line : clip(`${line}${because}`, width()), stream)]
    }

    yield* Effect.acquireRelease(
      Effect.sync(() => {
        // Before whoever else hears the signal writes something below the region.
        for (const signal of SIGNALS) process.prependListener(signal, clear)
        return setInterval(() => draw([]), REFRESH_MILLISECONDS)
      }),
      (timer) =>
        Effect.sync(() => {
          clearInterval(timer)
          for (const signal of SIGNALS) process.off(signal, clear)
          clear()
        })
    )
    return {
      observe: (event) => {
        counts = counted(counts, event)
        const above = finishedLine(event)
        if (event.type === "action-started")
          cells.set(event.address, {
            address: event.address,
            since: now(),
            report: {},
            first: undefined,
            reason: event.reason
          })
        if (isEnd(event)) cells.delete(event.address)
        draw(above)
      },
      progress: (address, report) => {
        if (report.warning !== undefined) return draw([painted(warningLine(address, report.warning), stream)])
        const cell = cells.get(address)
        if (cell === undefined) return
        const first = cell.first ?? (report.steps === undefined ? undefined : { steps: report.steps, at: now() })
        cells.set(address, { ...cell, report, first })
      }
    }
  })

const silent: Screen = { observe: () => undefined, progress: () => undefined }

/** Events as NDJSON on standard output, for other programs. */
const json: Screen = {
  observe: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
  progress: () => undefined
}

export const make = (options: Options): Effect.Effect<Screen, never, Scope.Scope> => {
  if (options.json) return Effect.succeed(json)
  if (options.quiet) return Effect.succeed(silent)
  if (process.stderr.isTTY && process.env["TERM"] !== "dumb") return live(process.stderr, options)
  return Effect.succeed(plain((text) => void process.stderr.write(text), options))
}
