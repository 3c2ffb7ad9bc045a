/**
 * `brink plan`: what would run, and why; runs nothing.
 */

import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { Entry, Plan } from "../pipeline/Plan.ts"
import * as Reason from "../pipeline/Reason.ts"
import { warnOfDrift } from "./drift.ts"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { device, force, json, pipeline, project, set, targets } from "./flags.ts"
import { prepare } from "./prepare.ts"
import { withStore } from "./services.ts"
import { columns, count } from "./words.ts"

const entryJson = ({ address, state, key, reason }: Entry) => ({
  v: 1,
  type: "plan",
  address,
  state,
  key: key ?? null,
  reason: reason ?? null
})

/** One line per stage that is not up to date; hits are counted. */
export const printPlan = Effect.fnUntraced(function* ({ blueprint, entries }: Plan, asJson: boolean, all = false) {
  if (asJson) {
    for (const entry of entries) yield* Console.log(JSON.stringify(entryJson(entry)))
    return
  }
  const shown = entries.filter((entry) => all || entry.state !== "hit")
  if (shown.length > 0) {
    yield* Console.log(
      columns(
        shown.map((entry) => [
          entry.state,
          entry.address,
          entry.reason === undefined ? "up to date" : Reason.format(entry.reason)
        ])
      )
    )
  }
  const amount = (state: Entry["state"]) => entries.filter((entry) => entry.state === state).length
  yield* Console.log(
    `${blueprint.pipeline}: ${count(entries.length, "stage")}: ${amount("hit")} hit, ${amount("run")} run, ${amount("may run")} may run`
  )
})

export const plan = Command.make(
  "plan",
  {
    pipeline,
    targets,
    set,
    device,
    force,
    json,
    all: Flag.Boolean("all").pipe(
      Flag.withAlias("a"),
      Flag.withDescription("Lists what is up to date too"),
      Flag.withDefault(false)
    ),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Ends with code 3 if anything is not up to date"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ pipeline: name, targets: only, set: settings, ...options }) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const prepared = yield* prepare(project_, {
          pipeline: name,
          settings,
          only,
          force: options.force,
          device: options.device
        })
        yield* warnOfDrift(prepared.plan)
        yield* printPlan(prepared.plan, options.json, options.all)
        if (options.check && prepared.plan.entries.some((entry) => entry.state !== "hit"))
          yield* exitWith(ExitCode.stale)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Prints what would run and why: hit (made), run (will run), may run (waits for an input that will be made)"
  ),
  Command.withExamples([
    { command: "brink plan quickstart --check", description: "Ends with code 3 unless everything is up to date" }
  ])
)
