/**
 * `brink runs`: the history, newest first.
 */

import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Journal from "../pipeline/Journal.ts"
import * as Lease from "../pipeline/Lease.ts"
import { json, project, wholeNumber } from "./flags.ts"
import { withStore } from "./services.ts"
import { columns, duration } from "./words.ts"

export interface Described {
  readonly run: string
  readonly pipeline: string | null
  readonly outcome: "done" | "failed" | "interrupted" | "running" | "waiting" | "killed"
  readonly ran: number
  readonly failed: number
  readonly milliseconds: number
}

/** Whether a run waits for what another makes: it has said so of an action, and nothing of that since. */
const waits = (happened: ReadonlyArray<Journal.Recorded>): boolean => {
  const keys = new Set<string>()
  for (const event of happened)
    if (event.type === "action-waiting") keys.add(event.key)
    else if ("key" in event) keys.delete(event.key)
  return keys.size > 0
}

/** How a run went, from its events. One without an end is at work or waits if its process lives, and was killed if not. */
export const describeRun = Effect.fnUntraced(function* (
  store: string,
  run: string,
  leases: ReadonlyArray<Lease.Lease>
) {
  const happened = yield* Journal.events(store, run)
  const { host, sees } = yield* Lease.Self
  const started = happened.find((event) => event.type === "run-started")
  const finished = happened.findLast((event) => event.type === "run-finished")
  const works = leases.some((lease) => lease.run === run)
  // A process on another host is seen by its leases alone.
  const lives = works || (started?.born !== undefined && started.host === host && sees(started.pid, started.born))
  const amount = (type: Journal.Event["type"]) => happened.filter((event) => event.type === type).length
  return {
    run,
    pipeline: started?.pipeline ?? null,
    outcome: finished?.outcome ?? (!lives ? "killed" : !works && waits(happened) ? "waiting" : "running"),
    ran: amount("action-finished"),
    failed: amount("action-failed"),
    milliseconds: (happened.at(-1)?.at ?? 0) - (happened[0]?.at ?? 0)
  } satisfies Described
})

/** The same as the cells of a row. */
export const runCells = ({ run, pipeline, outcome, ran, failed, milliseconds }: Described): ReadonlyArray<string> => [
  run,
  pipeline ?? "?",
  outcome,
  `${ran} ran`,
  `${failed} failed`,
  duration(milliseconds)
]

export const runs = Command.make(
  "runs",
  {
    json,
    most: wholeNumber("most", 1).pipe(Flag.withDescription("How many are listed"), Flag.withDefault(20))
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const leases = yield* Lease.live(project_.store)
        const names = (yield* Journal.runs(project_.store)).slice(0, options.most)
        const described = yield* Effect.forEach(names, (run) => describeRun(project_.store, run, leases))
        if (options.json) {
          for (const one of described) yield* Console.log(JSON.stringify({ v: 1, ...one }))
        } else if (described.length === 0) yield* Console.log("no run yet: brink run <pipeline>")
        else yield* Console.log(columns(described.map(runCells)))
      })
    )
  })
).pipe(
  Command.withDescription("Lists the runs, newest first"),
  Command.withExamples([{ command: "brink runs --most 5", description: "The last five runs" }])
)
