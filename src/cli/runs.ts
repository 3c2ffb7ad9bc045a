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
  readonly outcome: "done" | "failed" | "interrupted" | "running" | "killed"
  readonly ran: number
  readonly failed: number
  readonly milliseconds: number
}

/** How a run went, from its events. One without an end is either running or was killed: its leases tell. */
export const describeRun = Effect.fnUntraced(function* (store: string, run: string, live: boolean) {
  const happened = yield* Journal.events(store, run)
  const started = happened.find((event) => event.type === "run-started")
  const finished = happened.findLast((event) => event.type === "run-finished")
  const amount = (type: Journal.Event["type"]) => happened.filter((event) => event.type === type).length
  return {
    run,
    pipeline: started?.pipeline ?? null,
    outcome: finished?.outcome ?? (live ? "running" : "killed"),
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
        const described = yield* Effect.forEach(names, (run) =>
          describeRun(
            project_.store,
            run,
            leases.some((lease) => lease.run === run)
          )
        )
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
