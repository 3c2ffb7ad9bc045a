/**
 * The warning that a pinned stage says something else by now than what made its results.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Drift, drifts } from "../pipeline/Drift.ts"
import type { Plan } from "../pipeline/Plan.ts"
import { count } from "./words.ts"

const line = ({ stage, version, places, entries }: Drift): string =>
  `warning: ${stage} is pinned at version ${version}, but its code changed since it made ${count(entries.length, "result")} (${places.join(", ")}). Raise the version, or: brink accept ${stage} --because "…"`

/** One line for each stage and old code, until somebody accepts it. */
export const warnOfDrift = (plan: Plan) =>
  Effect.flatMap(drifts(plan), (found) =>
    Effect.forEach(found, (drift) => Console.error(line(drift)), { discard: true })
  )
