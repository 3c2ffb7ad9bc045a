/**
 * `brink why`: the reason why a stage will run, or why it ran, field by field: the difference of two stored actions, with the
 * files and functions behind a change of code.
 */
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Change } from "../pipeline/Action.ts"
import { matches } from "../pipeline/Address.ts"
import * as Decisions from "../pipeline/Decisions.ts"
import { UnknownAddress } from "../pipeline/Errors.ts"
import { explainMade } from "../pipeline/explain.ts"
import * as Journal from "../pipeline/Journal.ts"
import * as Lineage from "../pipeline/Lineage.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import type { Entry } from "../pipeline/Plan.ts"
import * as Reason from "../pipeline/Reason.ts"
import type { Result } from "../pipeline/Result.ts"
import { runNamed } from "../pipeline/RunDiff.ts"
import { currentPlan, entriesAt } from "./addressed.ts"
import { address, json, planned, project, runFlag } from "./flags.ts"
import type { Project } from "./Project.ts"
import { withStore } from "./services.ts"
import { duration, shortKey } from "./words.ts"

/** The changes, one a line, and under one of code what is behind it. */
const changeLines = (changes: ReadonlyArray<Change>, files: ReadonlyArray<string>): ReadonlyArray<string> =>
  changes.flatMap((change) => [
    Reason.formatChange(change),
    ...(change.path === "code.identity" ? files.map((file) => `  ${file} says something else`) : [])
  ])

/** The changes of a reason, one a line; all of them. */
const lines = (reason: Reason.Reason): ReadonlyArray<string> => {
  switch (reason._tag) {
    case "Changed":
      return changeLines(reason.changes, reason.files)
    case "NeverMade":
      return reason.like === undefined
        ? ["never made, nor any other of its stage"]
        : [
            `never made; the nearest is ${reason.like.address}:`,
            ...changeLines(reason.like.changes, reason.like.files ?? [])
          ]
    default:
      return [Reason.format(reason)]
  }
}

const indented = (all: ReadonlyArray<string>, by: string): ReadonlyArray<string> => all.map((line) => `${by}${line}`)

/** Why a key was executed in a run, from the run's journal. */
const startOf = (store: string, run: string, key: string) =>
  Effect.map(Journal.events(store, run), (events) =>
    events.flatMap((event) => (event.type === "action-started" && event.key === key ? [event] : [])).at(-1)
  )

/** Why a result was made: as its run noted, or where that is gone, as the records tell. */
const reasonOf = (store: string, { key, run }: Result) =>
  Effect.gen(function* () {
    const started = yield* startOf(store, run, key)
    return { started, reason: started?.reason ?? (yield* explainMade(yield* Lineage.load(store), key)) }
  })

/** A stage that will run, or may. */
const tellAhead = (entry: Entry & { readonly reason: Reason.Reason }, asJson: boolean) =>
  Console.log(
    asJson
      ? JSON.stringify({
          v: 1,
          address: entry.address,
          state: entry.state,
          key: entry.key ?? null,
          reason: entry.reason
        })
      : [
          `${entry.address} ${entry.state === "run" ? "will run" : "may run"}:`,
          ...indented(lines(entry.reason), "  ")
        ].join("\n")
  )

/** A stage that is made: when, by whom, and why then. */
const tellBack = (store: string, entry: Entry & { readonly result: Result }, asJson: boolean) =>
  Effect.gen(function* () {
    const { address: at, result } = entry
    const { started, reason } = yield* reasonOf(store, result)
    const decisions = Decisions.byKey(yield* Decisions.all(store)).get(result.key) ?? []
    if (asJson)
      return yield* Console.log(
        JSON.stringify({
          v: 1,
          address: at,
          state: "hit",
          key: result.key,
          run: result.run,
          startedAt: result.startedAt,
          reason,
          last: started === undefined ? null : { run: result.run, started },
          accepted: result.accepted ?? null,
          decisions
        })
      )
    const when = new Date(result.startedAt).toISOString().slice(0, 19)
    yield* Console.log(
      [
        `${at} is up to date: ${shortKey(result.key)}, made by run ${result.run}`,
        `  at ${when} in ${duration(result.milliseconds)} on ${result.host}`,
        `  it ran because${started === undefined ? ", as its records tell" : ""}:`,
        ...indented(lines(reason), "    "),
        ...indented(decisions.map(Decisions.format), "  ")
      ].join("\n")
    )
  })

/** Why stages ran in one run, or that they did not; whatever the pipeline says now. */
const tellOfRun = Effect.fnUntraced(function* (store: string, name: string, pattern: string, asJson: boolean) {
  const run = yield* runNamed(store, name)
  const events = yield* Journal.events(store, run)
  const record = yield* Journal.recordOf(store, run)
  const started = events.flatMap((event) => (event.type === "action-started" ? [event] : []))
  const known = [...new Set([...Object.keys(record?.made ?? {}), ...started.map((event) => event.address)])]
  const wanted = known.filter((each) => matches(pattern, each))
  if (wanted.length === 0)
    return yield* new UnknownAddress({ address: pattern, where: `run ${run}`, near: nearestNames(pattern, known) })
  for (const each of wanted) {
    const start = started.find((event) => event.address === each)
    const key = start?.key ?? record!.made[each]!
    if (asJson)
      yield* Console.log(
        JSON.stringify({ v: 1, address: each, run, key, state: start ? "ran" : "hit", reason: start?.reason ?? null })
      )
    else if (start === undefined) yield* Console.log(`${each} did not run in ${run}: ${shortKey(key)} was made before`)
    else yield* Console.log([`${each} ran in ${run}, because:`, ...indented(lines(start.reason), "  ")].join("\n"))
  }
})

const tell = (project_: Project, entry: Entry, asJson: boolean) =>
  entry.reason !== undefined
    ? tellAhead({ ...entry, reason: entry.reason }, asJson)
    : tellBack(project_.store, { ...entry, result: entry.result! }, asJson)

export const why = Command.make(
  "why",
  {
    address,
    run: runFlag("Why it ran in that run"),
    ...planned,
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        if (Option.isSome(options.run))
          return yield* tellOfRun(project_.store, options.run.value, options.address, options.json)
        const plan = yield* currentPlan(project_, options)
        for (const entry of yield* entriesAt(plan, options.address)) yield* tell(project_, entry, options.json)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Tells why a stage will run, or why it ran: every field that differs, old → new, and the file and function behind a change of code"
  ),
  Command.withShortDescription("Tells why a stage will run, or why it ran"),
  Command.withExamples([
    { command: "brink why descend@ratio=1.2", description: "Of the pipeline that ran last" },
    { command: "brink why descend@ratio=1.2 --run last~1", description: "Why it ran in the run before the last" }
  ])
)
