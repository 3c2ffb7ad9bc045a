/**
 * What a collection must not take: what the last runs of each pipeline found or made, what is pinned or linked, and what
 * those need who are at work just now. Reads the store, decides nothing about sizes or ages.
 */
import * as Effect from "effect/Effect"
import { Disk } from "./Disk.ts"
import type { PinInvalid, StoreUnavailable } from "./Errors.ts"
import * as Journal from "./Journal.ts"
import * as Latest from "./Latest.ts"
import * as Lease from "./Lease.ts"
import * as Pins from "./Pins.ts"

export interface Roots {
  /** Keys whose results are kept, and what they were made from. */
  readonly keys: ReadonlySet<string>
  /** Objects that are kept, whatever they belong to; of artifacts, with what they were made from. */
  readonly digests: ReadonlySet<string>
  /** Runs whose journals and logs are kept. */
  readonly runs: ReadonlySet<string>
  /** Keys that somebody works on, or that a kept run began and did not end: their checkpoints are kept. */
  readonly unfinished: ReadonlySet<string>
  /** Key → when a run found or made it last, by the time of the run's record. */
  readonly used: ReadonlyMap<string, number>
  readonly pins: ReadonlyArray<Pins.Pin>
  /** Runs that somebody works on. */
  readonly live: ReadonlySet<string>
}

export interface RootsOptions {
  /** So many runs of each pipeline that came to an end, and all that began after them. */
  readonly keepRuns: number
}

/** Keys that a run began to execute and did not finish. */
const unfinishedOf = (root: string, run: string) =>
  Effect.map(Journal.events(root, run), (events) => {
    const begun = new Set<string>()
    for (const event of events) {
      if (event.type === "action-started") begun.add(event.key)
      if (event.type === "action-finished") begun.delete(event.key)
    }
    return begun
  })

export const find = (root: string, options: RootsOptions): Effect.Effect<Roots, StoreUnavailable | PinInvalid, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const working = yield* Lease.live(root)
    const live = new Set(working.map(({ run }) => run))
    const keys = new Set<string>()
    const unfinished = new Set(working.map(({ key }) => key))
    const kept = new Set<string>()
    const used = new Map<string, number>()
    const ended = new Map<string, number>()
    for (const run of yield* Journal.runs(root)) {
      const record = yield* Journal.recordOf(root, run)
      if (record === undefined) {
        if (live.has(run)) kept.add(run)
        continue
      }
      const before = ended.get(record.pipeline) ?? 0
      if (yield* Journal.isEnded(root, run)) ended.set(record.pipeline, before + 1)
      const at = (yield* disk.stat(Journal.recordPath(root, run)))?.modified ?? 0
      const needed = [...Object.values(record.made), ...(record.behind ?? [])]
      for (const key of needed) used.set(key, Math.max(at, used.get(key) ?? 0))
      if (before >= options.keepRuns && !live.has(run)) continue
      kept.add(run)
      for (const key of needed) keys.add(key)
      for (const key of yield* unfinishedOf(root, run)) unfinished.add(key)
    }
    const pins = yield* Pins.all(root)
    for (const pin of pins) for (const key of [...pin.keys, ...pin.behind]) keys.add(key)
    const digests = new Set([
      ...pins.flatMap((pin) => pin.digests),
      ...(yield* Latest.linked(root)).map(({ digest }) => digest)
    ])
    return { keys, digests, runs: kept, unfinished, used, pins, live }
  })
