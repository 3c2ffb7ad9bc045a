/**
 * `brink plan`: what would run, and why; runs nothing.
 */
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { type Capacity, type Estimate, forecast } from "../pipeline/Estimate.ts"
import { type Entry, isUpToDate, tally } from "../pipeline/Plan.ts"
import * as Reason from "../pipeline/Reason.ts"
import { mostRounds } from "../pipeline/Refine.ts"
import { warnOfDrift } from "./drift.ts"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { device, force, jobs, json, megabytes, pipeline, project, set, targets } from "./flags.ts"
import { costLine } from "./forecast.ts"
import { prepare, type Round } from "./prepare.ts"
import { withStore } from "./services.ts"
import { columns, count } from "./words.ts"

const entryJson = ({ address, state, key, reason }: Entry, milliseconds: number | undefined) => ({
  v: 1,
  type: "plan",
  address,
  state,
  key: key ?? null,
  reason: reason ?? null,
  /** What it will take, from what it took; 0 for what is made. */
  milliseconds: state === "hit" ? 0 : (milliseconds ?? null)
})

interface Shown extends Capacity {
  readonly json: boolean
  /** What is up to date too. */
  readonly all?: boolean
}

/** One line per stage that is not up to date; hits are counted. Then what all of it will cost. */
export const printPlan = Effect.fnUntraced(function* (
  { plan, round, estimate: estimating }: Round,
  { json, all, jobs, megabytes }: Shown
) {
  const { blueprint, entries } = plan
  const todo = entries.filter((entry) => entry.state !== "hit")
  const estimate: Estimate = todo.length === 0 ? () => undefined : yield* estimating
  const expected = forecast(entries, estimate, { jobs, megabytes })
  if (json) {
    for (const entry of entries) yield* Console.log(JSON.stringify(entryJson(entry, estimate(entry))))
    yield* Console.log(JSON.stringify({ v: 1, type: "forecast", ...expected, jobs, megabytes }))
    return
  }
  const shown = all === true ? entries : todo
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
  const { hit, run, "may run": mayRun } = tally(plan)
  const rounds = mostRounds(blueprint)
  const ofRounds = rounds === 1 ? "" : ` (round ${round} of at most ${rounds})`
  yield* Console.log(
    `${blueprint.pipeline}: ${count(entries.length, "stage")}: ${hit} hit, ${run} run, ${mayRun} may run${ofRounds}`
  )
  if (todo.length > 0) yield* Console.log(costLine(expected, todo.length, jobs))
})

export const plan = Command.make(
  "plan",
  {
    pipeline,
    targets,
    set,
    device,
    force,
    jobs,
    megabytes,
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
        yield* printPlan(prepared, options)
        if (options.check && !isUpToDate(prepared.plan)) yield* exitWith(ExitCode.stale)
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
