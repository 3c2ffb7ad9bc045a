/**
 * What happened: one folder per run, with a file of events that only this process writes, and a record of what was at
 * each address in the end. A line that is torn or damaged is ignored, so a killed run is readable as it is. Knows
 * nothing of terminals.
 */
import { hostname } from "node:os"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Json } from "./canonical.ts"
import * as checkedJson from "./checkedJson.ts"
import { Disk, remember, replace } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { Report } from "./Progress.ts"
import type { Reason } from "./Reason.ts"

/** Version of the events below, for those who read them with other programs. */
export const EVENTS_VERSION = 1

export type Event =
  | {
      readonly type: "run-started"
      readonly run: string
      readonly pipeline: string
      readonly params: { readonly [name: string]: Json }
      readonly pid: number
      readonly host: string
      /** When the process started, in ticks of its host. */
      readonly born?: string
      readonly command: string
    }
  | {
      readonly type: "planned"
      readonly total: number
      readonly hit: number
      readonly run: number
      readonly mayRun: number
      /** Milliseconds that all of it will take, one after the other and as it is run; `unknown` of them are not counted. */
      readonly forecast?: { readonly work: number; readonly finish: number; readonly unknown: number }
    }
  | {
      readonly type: "action-started"
      readonly address: string
      readonly key: string
      readonly reason: Reason
      readonly pid: number
    }
  /** How far it is, every so often, for those who ask from elsewhere. */
  | { readonly type: "action-progress"; readonly address: string; readonly key: string; readonly report: Report }
  /** Another controller is at it: what that makes is waited for. */
  | {
      readonly type: "action-waiting"
      readonly address: string
      readonly key: string
      readonly host: string
      readonly pid: number
      readonly run: string
    }
  | { readonly type: "action-cut-off"; readonly address: string; readonly key: string }
  | {
      readonly type: "action-finished"
      readonly address: string
      readonly key: string
      readonly milliseconds: number
      readonly resumed: boolean
      readonly output: string
    }
  /** It made something else than its earlier result, which is kept beside: what it makes now holds. */
  | {
      readonly type: "action-differs"
      readonly address: string
      readonly key: string
      /** Digests of the value that held before, and of the one that holds now. */
      readonly earlier: string
      readonly output: string
      /** The run that made the earlier one. */
      readonly run: string
      /** The earlier one was made by other code, and accepted for this one. */
      readonly accepted?: true
    }
  | {
      readonly type: "action-failed"
      readonly address: string
      readonly key: string
      readonly tag: string
      readonly message: string
    }
  | {
      readonly type: "action-retried"
      readonly address: string
      readonly key: string
      readonly tag: string
      readonly message: string
      /** Until the next attempt. */
      readonly milliseconds: number
    }
  /** It runs without some of the artifacts that it collects: their actions failed, and its quorum allows it. */
  | { readonly type: "action-partial"; readonly address: string; readonly missing: ReadonlyArray<string> }
  | { readonly type: "action-skipped"; readonly address: string; readonly because: string }
  | { readonly type: "healing"; readonly address: string; readonly detail: string }
  | {
      readonly type: "run-finished"
      readonly outcome: "done" | "failed" | "interrupted"
      readonly hit: number
      readonly ran: number
      readonly cutOff: number
      readonly failed: number
      readonly skipped: number
      readonly milliseconds: number
    }

export type Recorded = Event & { readonly v: number; readonly at: number }

export interface RunRecord {
  readonly run: string
  readonly pipeline: string
  /** Address → key of everything that was whole when the run ended. */
  readonly made: { readonly [address: string]: string }
  /** Addresses that were executed, not found. */
  readonly executed: ReadonlyArray<string>
  /** Of a later round of a sweep: keys of what earlier rounds went on from. */
  readonly behind?: ReadonlyArray<string>
}

export class Journal extends Context.Service<
  Journal,
  {
    readonly run: string
    readonly record: (event: Event) => Effect.Effect<Recorded, StoreUnavailable>
    /** Notes what a run found made when it began: a run that is killed is known to need it. */
    readonly begin: (record: Omit<RunRecord, "run">) => Effect.Effect<void, StoreUnavailable>
    readonly finish: (record: Omit<RunRecord, "run">) => Effect.Effect<void, StoreUnavailable>
    /** Where the output of an action's worker goes. */
    readonly logPath: (key: string) => string
  }
>()("brink/pipeline/Journal") {}

const utf8 = new TextEncoder()

const RECORD = "run.json"

export const runsFolder = (root: string): string => join(root, "runs")
export const recordPath = (root: string, run: string): string => join(runsFolder(root), run, RECORD)
export const logPath = (root: string, run: string, key: string): string =>
  join(runsFolder(root), run, "logs", `${key}.log`)

/** Sorts by time, to the millisecond; the last digits keep runs of one moment apart. */
export const newRunId = (milliseconds: number, random: string): string =>
  `${new Date(milliseconds).toISOString().replace(/[-:Z]/g, "")}-${random}`

/** The journal of one run, in the store's `runs` folder. */
export const layer = (root: string, run: string): Layer.Layer<Journal, never, Disk> =>
  Layer.effect(
    Journal,
    Effect.gen(function* () {
      const disk = yield* Disk
      const folder = join(runsFolder(root), run)
      const place = recordPath(root, run)
      const onDisk = Effect.provideService(Disk, disk)
      const events = join(folder, `events.${hostname()}.${process.pid}.ndjson`)
      return Journal.of({
        run,
        record: Effect.fnUntraced(function* (event: Event) {
          const recorded: Recorded = { v: EVENTS_VERSION, at: yield* Clock.currentTimeMillis, ...event }
          yield* disk.append(events, utf8.encode(`${checkedJson.encode(recorded)}\n`))
          return recorded
        }),
        begin: (record) => onDisk(remember(place, utf8.encode(checkedJson.encode({ run, ...record, begun: true })))),
        finish: (record) => onDisk(replace(place, utf8.encode(checkedJson.encode({ run, ...record })))),
        logPath: (key) => logPath(root, run, key)
      })
    })
  )

const parseLines = (bytes: Uint8Array | undefined): ReadonlyArray<Recorded> =>
  new TextDecoder()
    .decode(bytes ?? new Uint8Array())
    .split("\n")
    .flatMap((line) => {
      if (line === "") return []
      const event = checkedJson.decode<Recorded>(line)
      return event?.type === undefined ? [] : [event]
    })

/** The names of all runs, newest first. */
export const runs = (root: string): Effect.Effect<ReadonlyArray<string>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    return [...(yield* disk.list(runsFolder(root)))].sort().reverse()
  })

/** All events of a run, in the order of time. */
export const events = (root: string, run: string): Effect.Effect<ReadonlyArray<Recorded>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const folder = join(runsFolder(root), run)
    const files = (yield* disk.list(folder)).filter((name) => name.startsWith("events."))
    const lists = yield* Effect.forEach(files, (name) => Effect.map(disk.read(join(folder, name)), parseLines))
    return lists.flat().sort((a, b) => a.at - b.at)
  })

type Noted = Partial<RunRecord> & { readonly begun?: boolean }

/** Whether a run came to an end, however: it was not killed, and does not go on. */
export const isEnded = (root: string, run: string): Effect.Effect<boolean, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const record = checkedJson.decode<Noted>(yield* disk.read(recordPath(root, run)))
    return record?.made !== undefined && record.begun !== true
  })

/** What a run found or made; of a run that was killed, or whose record is damaged, from its events. */
export const recordOf = (root: string, run: string): Effect.Effect<RunRecord | undefined, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const record = checkedJson.decode<Noted>(yield* disk.read(recordPath(root, run)))
    if (record?.made !== undefined && record.begun !== true) return record as RunRecord
    const happened = yield* events(root, run)
    const started = happened.find((event) => event.type === "run-started")
    const pipeline = record?.pipeline ?? started?.pipeline
    if (pipeline === undefined) return undefined
    const finished = happened.flatMap((event) => (event.type === "action-finished" ? [event] : []))
    const cutOff = happened.flatMap((event) => (event.type === "action-cut-off" ? [event] : []))
    return {
      run,
      pipeline,
      made: {
        ...record?.made,
        ...Object.fromEntries([...cutOff, ...finished].map(({ address, key }) => [address, key]))
      },
      executed: finished.map(({ address }) => address),
      ...(record?.behind === undefined ? {} : { behind: record.behind })
    }
  })

/** How far back `history` looks: over so many runs of the pipeline, among so many runs of any. */
const MOST_RUNS = 30
const MOST_RUNS_OF_ANY = 1000

/** Address → key of the newest action made there by any of the last runs of a pipeline; of all pipelines if none is named. */
export const history = (
  root: string,
  pipeline?: string
): Effect.Effect<ReadonlyMap<string, string>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const newest = new Map<string, string>()
    let found = 0
    for (const run of (yield* runs(root)).slice(0, MOST_RUNS_OF_ANY)) {
      if (found === MOST_RUNS) break
      const record = yield* recordOf(root, run)
      if (record === undefined || record.pipeline !== (pipeline ?? record.pipeline)) continue
      found++
      for (const [address, key] of Object.entries(record.made)) if (!newest.has(address)) newest.set(address, key)
    }
    return newest
  })
