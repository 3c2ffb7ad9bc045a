/**
 * What a run came to: how much of what happened, counted from its events. Knows nothing of how a plan is carried out.
 */
import type { ExecutionFailure } from "./Executor.ts"
import type { Event } from "./Journal.ts"
import type { Result } from "./Result.ts"

export interface Summary {
  readonly hit: number
  readonly ran: number
  readonly cutOff: number
  readonly failed: ReadonlyArray<{ readonly address: string; readonly error: ExecutionFailure }>
  readonly skipped: number
  /** Addresses that ran without all that they collect. */
  readonly partial: ReadonlyArray<string>
  /** Addresses that made something else than their earlier result, which gave way. */
  readonly different: ReadonlyArray<string>
  readonly milliseconds: number
  /** Node id → result, of everything that is whole now. */
  readonly results: ReadonlyMap<string, Result>
}

/** Counts while a run goes on. What is skipped is counted by whoever gives it up: one event may be of what is made again. */
export const tallying = () => {
  const executed = new Set<string>()
  const partial = new Set<string>()
  const different = new Set<string>()
  let [cutOff, skipped] = [0, 0]
  return {
    observe: (event: Event): void => {
      if (event.type === "action-finished") executed.add(event.address)
      if (event.type === "action-differs") different.add(event.address)
      if (event.type === "action-partial") partial.add(event.address)
      if (event.type === "action-cut-off") cutOff++
    },
    skip: (): void => {
      skipped++
    },
    executed: (): ReadonlyArray<string> => [...executed],
    counts: () => ({ ran: executed.size, cutOff, skipped, partial: [...partial], different: [...different] })
  }
}
