/**
 * `brink status`: what runs now, from leases of living processes, and how the last runs ended; never from a status field.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Journal from "../pipeline/Journal.ts"
import * as Lease from "../pipeline/Lease.ts"
import type { Report } from "../pipeline/Progress.ts"
import { numbersOf } from "./bars.ts"
import { json, project } from "./flags.ts"
import { describeRun, runCells } from "./runs.ts"
import { withStore } from "./services.ts"
import { columns, duration } from "./words.ts"

/** Key → how far the action of a lease was when its run last told. */
const reportsOf = Effect.fnUntraced(function* (store: string, leases: ReadonlyArray<Lease.Lease>) {
  const reports = new Map<string, Report>()
  for (const run of new Set(leases.map((lease) => lease.run)))
    for (const event of yield* Journal.events(store, run)) {
      if (event.type === "action-started") reports.delete(event.key)
      if (event.type === "action-progress") reports.set(event.key, event.report)
    }
  return reports
})

/** `40 %  1200 steps  loss 0.2500`; empty where nothing was told yet. */
const farOf = (report: Report): string =>
  [
    ...(report.fraction === undefined ? [] : [`${Math.round(100 * report.fraction)} %`]),
    ...(report.steps === undefined ? [] : [`${report.steps} steps`]),
    ...numbersOf(report)
  ].join("  ")

export const status = Command.make(
  "status",
  { json },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const leases = yield* Lease.live(project_.store)
        const reports = yield* reportsOf(project_.store, leases)
        const running = leases.map((lease) => ({ ...lease, report: reports.get(lease.key) ?? {} }))
        if (options.json) return yield* Console.log(JSON.stringify({ v: 1, running }))
        if (leases.length === 0) yield* Console.log("nothing is running")
        else
          yield* Console.log(
            columns(
              running.map((lease) => [
                "running",
                lease.address,
                duration(now - lease.since),
                farOf(lease.report),
                `${lease.host} ${lease.pid}`,
                lease.run
              ])
            )
          )
        const newest = (yield* Journal.runs(project_.store))[0]
        if (newest === undefined) return yield* Console.log("no run yet: brink run <pipeline>")
        yield* Console.log(`last run: ${runCells(yield* describeRun(project_.store, newest, leases)).join("  ")}`)
      })
    )
  })
).pipe(
  Command.withDescription("Shows what is running, where and since when, and how the last run ended"),
  Command.withExamples([{ command: "brink status", description: "What runs now, and how the last run ended" }])
)
