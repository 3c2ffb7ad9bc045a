/**
 * What is left of a run while it goes on: what it was thought to cost, less what is done, and what the run itself teaches: how
 * much longer a stage takes than it did, and what one takes that nothing was known of. Knows nothing of how it is shown.
 */
import { type Capacity, criticalPaths, type Estimate, type Forecast, shareOf } from "./Estimate.ts"
import type { Event } from "./Journal.ts"
import type { Entry } from "./Plan.ts"

export interface Remaining {
  readonly observe: (event: Event, now: number) => void
  /** Milliseconds of what is not done, from now on. */
  readonly at: (now: number) => Forecast
}

interface Running {
  readonly entry: Entry
  readonly since: number
}

/** Of the actions of one stage in this run; times in milliseconds. */
interface Tally {
  readonly share: Capacity
  /** Waiting or running: how many that nothing is known of, and what the others were thought to take. */
  unknown: number
  expected: number
  /** What has ended: how many, what they took; of those that were thought to take something, what that was and what they took. */
  ended: number
  took: number
  wasExpected: number
  knownTook: number
  readonly running: Map<string, Running>
}

/** How much longer than expected the actions of a stage take; one that is late already counts as far as it is. */
const factorOf = ({ wasExpected, knownTook, running }: Tally, estimate: Estimate, now: number): number => {
  let [expected, took] = [wasExpected, knownTook]
  for (const { entry, since } of running.values()) {
    const cost = estimate(entry) ?? 0
    if (cost === 0 || now - since <= cost) continue
    expected += cost
    took += now - since
  }
  return expected === 0 ? 1 : took / expected
}

/** What is left of a plan as it is carried out. */
export const make = (entries: ReadonlyArray<Entry>, estimate: Estimate, capacity: Capacity): Remaining => {
  const paths = criticalPaths(entries, estimate)
  const waiting = new Map(entries.filter(({ state }) => state !== "hit").map((entry) => [entry.address, entry]))
  const tallies = new Map<string, Tally>()
  const tallyOf = (entry: Entry): Tally => {
    const { stage } = entry.node
    const fresh = { unknown: 0, expected: 0, ended: 0, took: 0, wasExpected: 0, knownTook: 0 }
    const tally = tallies.get(stage) ?? { ...fresh, share: shareOf(entry, capacity), running: new Map() }
    tallies.set(stage, tally)
    return tally
  }
  const count = (entry: Entry, sign: 1 | -1): void => {
    const [cost, tally] = [estimate(entry), tallyOf(entry)]
    if (cost === undefined) tally.unknown += sign
    else tally.expected += sign * cost
  }
  for (const entry of waiting.values()) count(entry, 1)

  const learn = (entry: Entry, milliseconds: number): void => {
    const [cost, tally] = [estimate(entry), tallyOf(entry)]
    tally.ended++
    tally.took += milliseconds
    if (cost === undefined) return
    tally.wasExpected += cost
    tally.knownTook += milliseconds
  }

  return {
    observe: (event, now) => {
      if (!("address" in event)) return
      const entry = waiting.get(event.address)
      if (entry === undefined) return
      const { running } = tallyOf(entry)
      if (event.type === "action-started") running.set(event.address, { entry, since: now })
      else if (["action-finished", "action-cut-off", "action-failed", "action-skipped"].includes(event.type)) {
        waiting.delete(event.address)
        running.delete(event.address)
        count(entry, -1)
        if (event.type === "action-finished" && !event.resumed) learn(entry, event.milliseconds)
      }
    },
    at: (now) => {
      let [work, unknown, longest] = [0, 0, 0]
      const load = { jobs: 0, megabytes: 0 } // times milliseconds
      for (const tally of tallies.values()) {
        const factor = factorOf(tally, estimate, now)
        const usual = tally.ended === 0 ? undefined : tally.took / tally.ended
        if (usual === undefined) unknown += tally.unknown
        let left = tally.expected * factor + tally.unknown * (usual ?? 0)
        for (const { entry, since } of tally.running.values()) {
          const known = estimate(entry)
          const cost = known === undefined ? usual : known * factor
          if (cost === undefined) continue
          const made = Math.min(now - since, cost)
          left -= made
          longest = Math.max(longest, paths.get(entry.node.id)! - (known ?? cost) + cost - made)
        }
        work += left
        load.jobs += left * tally.share.jobs
        load.megabytes += left * tally.share.megabytes
      }
      const finish = Math.max(0, load.jobs / capacity.jobs, load.megabytes / capacity.megabytes, longest)
      return { work: Math.max(0, work), finish, unknown }
    }
  }
}
