/**
 * `brink run`: brings targets up to date. Always resumes; there is no other way.
 */
import { randomBytes } from "node:crypto"
import { join, relative } from "node:path"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Local from "../executor/Local.ts"
import type { Blueprint } from "../pipeline/Blueprint.ts"
import { type Capacity, forecast } from "../pipeline/Estimate.ts"
import * as Journal from "../pipeline/Journal.ts"
import * as Latest from "../pipeline/Latest.ts"
import * as Lease from "../pipeline/Lease.ts"
import { isUpToDate, type Plan, type ResultOf, tally } from "../pipeline/Plan.ts"
import * as Refine from "../pipeline/Refine.ts"
import * as Remaining from "../pipeline/Remaining.ts"
import type { Result } from "../pipeline/Result.ts"
import * as Runner from "../pipeline/Runner.ts"
import type { Summary } from "../pipeline/Summary.ts"
import { warnOfDrift } from "./drift.ts"
import { ExitCode, exitWith } from "./exitCodes.ts"
import { device, dryRun, force, jobs, json, megabytes, pipeline, project, set, targets, wholeNumber } from "./flags.ts"
import { costLine, leftWords } from "./forecast.ts"
import type { Project } from "./Project.ts"
import { printPlan } from "./plan.ts"
import { type Asked, behindNext, prepare, type Round } from "./prepare.ts"
import * as Screen from "./Screen.ts"
import { withStore } from "./services.ts"
import { count, duration } from "./words.ts"

const linkTargets = (graph: Blueprint, results: ReadonlyMap<string, Result>) =>
  Latest.link(
    graph.pipeline,
    Object.keys(graph.targets),
    new Map(
      Object.entries(graph.targets).flatMap(([name, id]) =>
        results.has(id) ? [[name, results.get(id)!] as const] : []
      )
    )
  )

/** Where people find what a run has brought up to date, a page first; and which targets are `older`. */
const announce = (
  project_: Project,
  graph: Blueprint,
  results: ReadonlyMap<string, Result>,
  older: ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const folder = relative(process.cwd(), Latest.latestFolder(project_.store, graph.pipeline))
    const all = Object.entries(graph.targets)
    const made = all.filter(([, id]) => results.has(id))
    const page = made.find(([, id]) => results.get(id)!.inline?.files["files/index.html"] !== undefined)
    const names = made.map(([name]) => name).join(", ")
    if (page !== undefined) yield* Console.error(`report: ${join(folder, page[0], "index.html")}`)
    else if (made.length === all.length) yield* Console.error(`results: ${folder}`)
    else if (made.length > 0) yield* Console.error(`results: ${folder} (${names})`)
    if (older.length === 0) return
    const ordered = all.flatMap(([name]) => (older.includes(name) ? [name] : []))
    yield* Console.error(`of an earlier run: ${folder} (${ordered.join(", ")})`)
  })

const tellUpToDate = (project_: Project, { blueprint, entries }: Plan) =>
  Effect.gen(function* () {
    const results = new Map(entries.map((entry) => [entry.node.id, entry.result!]))
    const older = yield* linkTargets(blueprint, results)
    yield* Console.error(`${blueprint.pipeline} is up to date: ${count(entries.length, "stage")}, nothing to run`)
    yield* announce(project_, blueprint, results, older)
  })

interface Options extends Capacity {
  readonly keepGoing: boolean
  readonly checkpointSeconds: number
  readonly graceSeconds: number
  readonly json: boolean
  readonly quiet: boolean
  readonly device: string
}

const summaryLine = (total: number, summary: Summary): string => {
  const parts = [
    `${summary.hit} hit`,
    `${summary.ran} ran`,
    ...(summary.cutOff > 0 ? [`${summary.cutOff} cut off`] : []),
    ...(summary.failed.length > 0 ? [`${summary.failed.length} failed`] : []),
    ...(summary.skipped > 0 ? [`${summary.skipped} skipped`] : []),
    ...(summary.different.length > 0 ? [`${summary.different.length} different from before`] : []),
    ...(summary.partial.length > 0 ? [`${summary.partial.length} with less than all they collect`] : [])
  ]
  return `${count(total, "stage")}: ${parts.join(", ")} (${duration(summary.milliseconds)})`
}

/** Carries a plan out under a new run, and tells how it went. */
const carryOut = Effect.fnUntraced(function* (
  project_: Project,
  { plan, history, estimate: estimating, behind }: Round,
  options: Options
) {
  const startedAt = yield* Clock.currentTimeMillis
  const estimate = yield* estimating
  const expected = forecast(plan.entries, estimate, options)
  const { hit, run: sure, "may run": mayRun } = tally(plan)
  if (!options.json && !options.quiet) yield* Console.error(costLine(expected, sure + mayRun, options.jobs))
  const run = Journal.newRunId(startedAt, randomBytes(3).toString("hex"))
  const journal = Journal.layer(project_.store, run)
  const executor = Local.layer({
    root: project_.root,
    brink: project_.brink,
    checkpointMilliseconds: options.checkpointSeconds * 1000,
    graceMilliseconds: options.graceSeconds * 1000
  })
  const summary = yield* Effect.scoped(
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const now = () => clock.currentTimeMillisUnsafe()
      const remaining = Remaining.make(plan.entries, estimate, options)
      const screen = yield* Screen.make({
        json: options.json,
        quiet: options.quiet,
        now,
        left: (at, todo) => leftWords(remaining.at(at), todo)
      })
      const { record } = yield* Journal.Journal
      const { host, pid, born } = yield* Lease.Self
      const { pipeline: name, params } = plan.blueprint
      screen.observe(
        yield* record({
          type: "run-started",
          run,
          pipeline: name,
          params,
          pid,
          host,
          born,
          command: process.argv.slice(2).join(" ")
        })
      )
      screen.observe(
        yield* record({
          type: "planned",
          total: plan.entries.length,
          hit,
          run: sure,
          mayRun,
          forecast: expected
        })
      )
      return yield* Runner.run(plan, {
        jobs: options.jobs,
        megabytes: options.megabytes,
        estimate,
        keepGoing: options.keepGoing,
        device: options.device,
        behind,
        history,
        observe: (event) => {
          remaining.observe(event, now())
          screen.observe(event)
        },
        onProgress: screen.progress
      })
    })
  ).pipe(Effect.provide(executor.pipe(Layer.provideMerge(journal))))
  const asked = new Set(plan.entries.map(({ node }) => node.id))
  const older = yield* linkTargets(plan.blueprint, summary.results)
  for (const { error } of summary.failed) yield* Console.error(`\n${error.message}`)
  yield* Console.error(summaryLine(plan.entries.length, summary))
  yield* announce(project_, plan.blueprint, summary.results, older)
  if (summary.failed.some(({ error }) => error._tag === "StoreUnavailable")) {
    yield* exitWith(ExitCode.environment)
    return undefined
  }
  const isWhole = Object.values(plan.blueprint.targets).every((id) => !asked.has(id) || summary.results.has(id))
  if (summary.failed.length > 0) yield* exitWith(isWhole ? ExitCode.partial : ExitCode.failed)
  return summary.failed.length === 0 ? summary.results : undefined
})

const listed = (added: Refine.Next["added"]): string =>
  Object.entries(added)
    .map(([axis, values]) => `${axis} ${values.map((value) => JSON.stringify(value)).join(", ")}`)
    .join("; ")

/** Says what a sweep would have gone on with, had it more rounds. */
const tellUnfinished = ({ plan: { blueprint: graph }, settings }: Round, resultOf: ResultOf) =>
  Effect.gen(function* () {
    const left = yield* Refine.next(graph, settings, 0, resultOf)
    if (left !== undefined)
      yield* Console.error(`the last of ${Refine.mostRounds(graph)} rounds: another would add ${listed(left.added)}`)
  })

/** Carries a round out, and those that follow from what came out. */
const carryOutRounds = Effect.fnUntraced(function* (project_: Project, asked: Asked, from: Round, options: Options) {
  let current = from
  if (from.round > 1) yield* Console.error(`round ${from.round} of at most ${Refine.mostRounds(from.plan.blueprint)}`)
  for (;;) {
    const { plan, settings, round } = current
    const results = yield* carryOut(project_, current, options)
    if (results === undefined) return
    const resultOf: ResultOf = (id) => results.get(id)
    const next = yield* Refine.next(plan.blueprint, settings, round, resultOf)
    if (next === undefined) return yield* tellUnfinished(current, resultOf)
    yield* Console.error(`\nround ${round + 1} of at most ${Refine.mostRounds(plan.blueprint)}: ${listed(next.added)}`)
    const passed = behindNext(current, resultOf)
    current = yield* prepare(project_, { ...asked, settings: next.settings, force: [] }, round + 1, passed)
    if (isUpToDate(current.plan)) return yield* tellUpToDate(project_, current.plan)
  }
})

export const run = Command.make(
  "run",
  {
    pipeline,
    targets,
    jobs,
    megabytes,
    keepGoing: Flag.Boolean("keep-going").pipe(
      Flag.withAlias("k"),
      Flag.withDescription("Goes on with what does not depend on a failure"),
      Flag.withDefault(false)
    ),
    dryRun: dryRun("Prints the plan and runs nothing; the same as brink plan"),
    force,
    set,
    device,
    checkpointSeconds: wholeNumber("checkpoint-interval", 0).pipe(
      Flag.withDescription("Seconds between checkpoints: the most that a kill can cost"),
      Flag.withDefault(10)
    ),
    graceSeconds: wholeNumber("grace", 0).pipe(
      Flag.withDescription("Seconds that a stage may take to save its state on Ctrl-C"),
      Flag.withDefault(30)
    ),
    json,
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withAlias("q"),
      Flag.withDescription("Prints only the last line"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ pipeline: name, targets: only, set: settings, ...options }) {
    const project_ = yield* project
    const { force: forced, device: on } = options
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const asked = { pipeline: name, settings, only, force: forced, device: on }
        const prepared = prepare(project_, asked)
        const round = yield* prepared
        const { plan } = round
        yield* warnOfDrift(plan)
        if (options.dryRun) return yield* printPlan(round, options)
        if (!isUpToDate(plan)) return yield* carryOutRounds(project_, asked, round, options)
        // What the plan found may have gone since, or prove damaged when it is read: then it is made again.
        yield* Effect.catchTag(tellUpToDate(project_, plan), ["ArtifactMissing", "ArtifactCorrupt"], (error) =>
          Effect.flatMap(prepared, (now) =>
            isUpToDate(now.plan) ? Effect.fail(error) : carryOutRounds(project_, asked, now, options)
          )
        )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Brings targets up to date: runs what is not made yet, and goes on where an earlier run stopped"
  ),
  Command.withExamples([
    { command: "brink run quickstart", description: "Everything that the pipeline asks for" },
    { command: "brink run quickstart report -j 2", description: "One target, two actions at a time" },
    { command: "brink run quickstart --set train=200", description: "With another value of a parameter" }
  ])
)
