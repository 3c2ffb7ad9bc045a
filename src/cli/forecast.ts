/**
 * What is expected of a plan or of the rest of a run, in words: an estimate where there is a history, and that there is none
 * where there is not.
 */
import type { Forecast } from "../pipeline/Estimate.ts"
import { duration } from "./words.ts"

/** `cost: about 12 min 0 s of work, done in about 6 min 1 s with 2 at a time`; so many things are to be done. */
export const costLine = ({ work, finish, unknown }: Forecast, todo: number, jobs: number): string => {
  if (unknown === todo) return "cost: unknown, as nothing like it has run yet"
  const rest = unknown === 0 ? "" : `, without ${unknown} of ${todo} whose like has not run yet`
  return `cost: about ${duration(work)} of work, done in about ${duration(finish)} with ${jobs} at a time${rest}`
}

/** `about 3 min 20 s left`, with how many are not known, and what there is to say where nothing is. */
export const leftWords = ({ finish, unknown }: Forecast, todo: number): string =>
  todo === 0
    ? ""
    : unknown === todo
      ? "time left unknown"
      : `about ${duration(Math.max(1000, Math.round(finish / 1000) * 1000))} left${unknown === 0 ? "" : `, without ${unknown} whose like has not run yet`}`
