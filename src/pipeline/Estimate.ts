/**
 * How long things will take, from how long they took: at their own address, else as others of their stage. Says so where
 * nothing is known. Reads the store, decides nothing but an order.
 */
import * as Effect from "effect/Effect"
import { inputIds } from "./Blueprint.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { History } from "./explain.ts"
import type { Entry } from "./Plan.ts"
import { Store } from "./Store.ts"

/** Milliseconds that an entry will take; `undefined` where no action of its stage was ever run. */
export type Estimate = (entry: Entry) => number | undefined

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** From what the last runs made; an action that was resumed tells of its rest only, so it does not count. */
export const fromHistory = (history: History): Effect.Effect<Estimate, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const resultOf = yield* (yield* Store).snapshot
    const own = new Map<string, number>()
    const byStage = new Map<string, Array<number>>()
    for (const [address, key] of history) {
      const result = resultOf(key)
      if (result === undefined || result.resumed) continue
      own.set(address, result.milliseconds)
      const stage = address.split("@", 1)[0]!
      byStage.set(stage, [...(byStage.get(stage) ?? []), result.milliseconds])
    }
    const typical = new Map([...byStage].map(([stage, times]) => [stage, median(times)]))
    return ({ address, node }) => own.get(address) ?? typical.get(node.stage)
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

export interface Forecast {
  /** Milliseconds of all that may run, one after the other. */
  readonly work: number
  /** Milliseconds until the last has ended, so many at a time. */
  readonly finish: number
  /** How many entries nothing is known of; they count as nothing. */
  readonly unknown: number
}

/** What a plan costs if everything that may run does: the runner's own order, played through. */
export const forecast = (entries: ReadonlyArray<Entry>, estimate: Estimate, jobs: number): Forecast => {
  const paths = criticalPaths(entries, estimate)
  const waiting = entries.filter(({ state }) => state !== "hit")
  const ended = new Map<string, number>()
  const free = Array.from({ length: jobs }, () => 0)
  let work = 0
  let unknown = 0
  const levels = [...waiting].sort((a, b) => paths.get(b.node.id)! - paths.get(a.node.id)!)
  for (const entry of levels) {
    const cost = estimate(entry)
    if (cost === undefined) unknown++
    work += cost ?? 0
    const ready = inputIds(entry.node).reduce((latest, id) => Math.max(latest, ended.get(id) ?? 0), 0)
    const worker = free.indexOf(Math.min(...free))
    const end = Math.max(ready, free[worker]!) + (cost ?? 0)
    free[worker] = end
    ended.set(entry.node.id, end)
  }
  return { work, finish: Math.max(0, ...free), unknown }
}
