/**
 * `brink runs`: the history, newest first.
 */

import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Journal from "../pipeline/Journal.ts"
import * as Lease from "../pipeline/Lease.ts"
import { json, project } from "./flags.ts"
import { withStore } from "./services.ts"
import { columns, duration } from "./words.ts"

/** One run as the cells of a row. A run without an end is either running or was killed: its leases tell. */
export const describeRun = Effect.fnUntraced(function* (store: string, run: string, live: boolean) {
  const happened = yield* Journal.events(store, run)
  const started = happened.find((event) => event.type === "run-started")
  const finished = happened.findLast((event) => event.type === "run-finished")
  const amount = (type: Journal.Event["type"]) => happened.filter((event) => event.type === type).length
  const outcome = finished?.type === "run-finished" ? finished.outcome : live ? "running" : "killed"
  const took = duration((happened.at(-1)?.at ?? 0) - (happened[0]?.at ?? 0))
  return [
    run,
    started?.type === "run-started" ? started.pipeline : "?",
    outcome,
    `${amount("action-finished")} ran`,
    `${amount("action-failed")} failed`,
    took
  ]
})

export const runs = Command.make(
  "runs",
  {
    json,
    most: Flag.Int("most").pipe(Flag.withDescription("How many are listed"), Flag.withDefault(20))
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const leases = yield* Lease.live(project_.store)
        const names = (yield* Journal.runs(project_.store)).slice(0, options.most)
        const rows = yield* Effect.forEach(names, (run) =>
          describeRun(
            project_.store,
            run,
            leases.some((lease) => lease.run === run)
          )
        )
        if (options.json) {
          for (const [run, pipeline, outcome, ran, failed, took] of rows)
            yield* Console.log(JSON.stringify({ v: 1, run, pipeline, outcome, ran, failed, took }))
        } else yield* Console.log(rows.length === 0 ? "no run yet: brink run <pipeline>" : columns(rows))
      })
    )
  })
).pipe(
  Command.withDescription("Lists the runs, newest first"),
  Command.withExamples([{ command: "brink runs --most 5", description: "The last five runs" }])
)
