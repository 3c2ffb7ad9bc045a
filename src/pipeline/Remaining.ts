/**
 * What is left of a run while it goes on: what it was thought to cost, less what is done, and what the run itself teaches of
 * stages that nothing was known of. Knows nothing of how it is shown.
 */
import { criticalPaths, type Estimate, type Forecast } from "./Estimate.ts"
import type { Event } from "./Journal.ts"
import type { Entry } from "./Plan.ts"

export interface Remaining {
  readonly observe: (event: Event, now: number) => void
  /** Milliseconds of what is not done, from now on. */
  readonly at: (now: number) => Forecast
}

/** Of the actions of one stage in this run. */
interface Tally {
  /** Waiting or running, and not known from history. */
  open: number
  ended: number
  milliseconds: number
}

/** What is left of a plan as it is carried out on so many cores. */
export const make = (entries: ReadonlyArray<Entry>, estimate: Estimate, jobs: number): Remaining => {
  const paths = criticalPaths(entries, estimate)
  const waiting = new Map(entries.filter(({ state }) => state !== "hit").map((entry) => [entry.address, entry]))
  const running = new Map<string, { readonly entry: Entry; readonly since: number }>()
  const tallies = new Map<string, Tally>()
  const tallyOf = ({ node }: Entry): Tally => {
    const tally = tallies.get(node.stage) ?? { open: 0, ended: 0, milliseconds: 0 }
    tallies.set(node.stage, tally)
    return tally
  }
  let work = 0
  let load = 0 // work × cores
  const count = (entry: Entry, sign: 1 | -1): void => {
    const cost = estimate(entry)
    if (cost === undefined) tallyOf(entry).open += sign
    else {
      work += sign * cost
      load += sign * cost * entry.node.conduct.cores
    }
  }
  for (const entry of waiting.values()) count(entry, 1)

  const costOf = (entry: Entry): number | undefined => {
    const { ended, milliseconds } = tallyOf(entry)
    return estimate(entry) ?? (ended === 0 ? undefined : milliseconds / ended)
  }

  return {
    observe: (event, now) => {
      if (!("address" in event)) return
      const entry = waiting.get(event.address)
      if (entry === undefined) return
      if (event.type === "action-started") running.set(event.address, { entry, since: now })
      else if (["action-finished", "action-cut-off", "action-failed", "action-skipped"].includes(event.type)) {
        waiting.delete(event.address)
        running.delete(event.address)
        count(entry, -1)
        if (event.type !== "action-finished" || event.resumed) return
        const tally = tallyOf(entry)
        tally.ended++
        tally.milliseconds += event.milliseconds
      }
    },
    at: (now) => {
      let [left, burden, unknown, longest] = [work, load, 0, 0]
      for (const { open, ended, milliseconds } of tallies.values()) {
        if (ended === 0) unknown += open
        else {
          left += (open * milliseconds) / ended
          burden += (open * milliseconds) / ended
        }
      }
      for (const { entry, since } of running.values()) {
        const cost = costOf(entry)
        if (cost === undefined) continue
        const made = Math.min(now - since, cost)
        left -= made
        burden -= made * entry.node.conduct.cores
        longest = Math.max(longest, paths.get(entry.node.id)! - made)
      }
      return { work: Math.max(0, left), finish: Math.max(0, burden / jobs, longest), unknown }
    }
  }
}
