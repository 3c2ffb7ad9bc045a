/**
 * How long things will take, from how long they took: at their own address, else as others of their stage, else as that stage in
 * other pipelines. Says so where nothing is known. Reads the store, decides nothing but an order. What is left of a run is in `Remaining`.
 */
import * as Effect from "effect/Effect"
import { inputIds } from "./Blueprint.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { History } from "./explain.ts"
import type { Entry } from "./Plan.ts"
import { placeIn } from "./placeIn.ts"
import { Store } from "./Store.ts"

/** Milliseconds that an entry will take; `undefined` where no action of its stage was ever run. */
export type Estimate = (entry: Entry) => number | undefined

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** How long what a history names took; an action that was resumed tells of its rest only, so it does not count. */
const timesIn = (history: History): Effect.Effect<ReadonlyMap<string, number>, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const resultOf = yield* (yield* Store).snapshot
    const times = new Map<string, number>()
    for (const [address, key] of history) {
      const result = resultOf(key)
      if (result !== undefined && !result.resumed) times.set(address, result.milliseconds)
    }
    return times
  })

/** Stage → the median of its times. */
const typicalOf = (times: ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
  const byStage = new Map<string, Array<number>>()
  for (const [address, milliseconds] of times) {
    const stage = address.split("@", 1)[0]!
    const others = byStage.get(stage)
    if (others === undefined) byStage.set(stage, [milliseconds])
    else others.push(milliseconds)
  }
  return new Map([...byStage].map(([stage, all]) => [stage, median(all)]))
}

/** From what the last runs of the pipeline made; for a stage that none of them made, from those of other pipelines. */
export const fromHistory = <E, R>(
  entries: ReadonlyArray<Entry>,
  history: History,
  ofOthers: Effect.Effect<History, E, R>
): Effect.Effect<Estimate, StoreUnavailable | E, Store | R> =>
  Effect.gen(function* () {
    const own = yield* timesIn(history)
    const typical = typicalOf(own)
    const isUnknown = ({ state, node }: Entry): boolean => state !== "hit" && !typical.has(node.stage)
    const others = entries.some(isUnknown) ? typicalOf(yield* timesIn(yield* ofOthers)) : typical
    return ({ address, node }) => own.get(address) ?? typical.get(node.stage) ?? others.get(node.stage)
  })

/** Node id → milliseconds from its start to the end of the longest chain that waits for it: the longest goes first. */
export const criticalPaths = (entries: ReadonlyArray<Entry>, estimate: Estimate): ReadonlyMap<string, number> => {
  const behind = new Map<string, number>()
  const paths = new Map<string, number>()
  for (const entry of [...entries].reverse()) {
    if (entry.state === "hit") continue
    const path = (estimate(entry) ?? 1) + (behind.get(entry.node.id) ?? 0)
    paths.set(entry.node.id, path)
    for (const id of inputIds(entry.node)) behind.set(id, Math.max(behind.get(id) ?? 0, path))
  }
  return paths
}

/** What actions share that run side by side. */
export interface Capacity {
  /** Cores. */
  readonly jobs: number
  /** Memory, as far as stages say what they need. */
  readonly megabytes: number
}

/** What an action takes of it while it runs; one that needs more than there is gets all of it. */
export const shareOf = ({ node: { conduct } }: Entry, { jobs, megabytes }: Capacity): Capacity => ({
  jobs: Math.min(conduct.cores, jobs),
  megabytes: Math.min(conduct.megabytes, megabytes)
})

export interface Forecast {
  /** Milliseconds of all that may run, one after the other. */
  readonly work: number
  /** Milliseconds until the last has ended, as many at a time as there is room for. */
  readonly finish: number
  /** How many entries nothing is known of; they count as nothing. */
  readonly unknown: number
}

/** So many are put in their places one by one; more are sorted at once. */
const FEW = 32

/** Node id → the waiting entries that need it, and how many of what each needs is waiting too. */
const dependencies = (waiting: ReadonlyArray<Entry>) => {
  const ids = new Set(waiting.map(({ node }) => node.id))
  const behind = new Map<string, Array<Entry>>()
  const missing = new Map<string, number>()
  for (const entry of waiting) {
    const needed = [...new Set(inputIds(entry.node))].filter((id) => ids.has(id))
    missing.set(entry.node.id, needed.length)
    for (const id of needed) {
      const others = behind.get(id)
      if (others === undefined) behind.set(id, [entry])
      else others.push(entry)
    }
  }
  return { behind, missing }
}

/** What a plan costs if everything that may run does: the runner's own order, played through. */
export const forecast = (entries: ReadonlyArray<Entry>, estimate: Estimate, capacity: Capacity): Forecast => {
  const paths = criticalPaths(entries, estimate)
  const waiting = entries.filter(({ state }) => state !== "hit")
  const { behind, missing } = dependencies(waiting)
  const rank = ({ node }: Entry): number => paths.get(node.id)!
  /** Sorted; the next one is last, and of equal ones the one that came first. */
  let ready: Array<Entry> = []
  const running: Array<{ readonly entry: Entry; readonly end: number }> = []
  const offer = (fresh: ReadonlyArray<Entry>): void => {
    if (fresh.length > FEW) ready = [...fresh.toReversed(), ...ready].sort((a, b) => rank(a) - rank(b))
    else for (const entry of fresh) ready.splice(placeIn(ready, entry, rank), 0, entry)
  }
  offer(waiting.filter(({ node }) => missing.get(node.id) === 0))
  let [work, unknown, now] = [0, 0, 0]
  const free = { jobs: capacity.jobs, megabytes: capacity.megabytes }
  const take = (entry: Entry, sign: 1 | -1): void => {
    const share = shareOf(entry, capacity)
    free.jobs -= sign * share.jobs
    free.megabytes -= sign * share.megabytes
  }
  const fits = (entry: Entry): boolean => {
    const share = shareOf(entry, capacity)
    return share.jobs <= free.jobs && share.megabytes <= free.megabytes
  }
  while (ready.length > 0 || running.length > 0) {
    for (let next = ready.at(-1); next !== undefined && fits(next); next = ready.at(-1)) {
      ready.pop()
      const cost = estimate(next)
      if (cost === undefined) unknown++
      work += cost ?? 0
      take(next, 1)
      const begun = { entry: next, end: now + (cost ?? 0) }
      running.splice(
        placeIn(running, begun, ({ end }) => -end),
        0,
        begun
      )
    }
    const { entry, end } = running.pop()!
    now = end
    take(entry, -1)
    offer(
      (behind.get(entry.node.id) ?? []).filter(({ node: { id } }) => {
        const left = missing.get(id)! - 1
        missing.set(id, left)
        return left === 0
      })
    )
  }
  return { work, finish: now, unknown }
}
