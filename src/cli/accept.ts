/**
 * `brink accept`: somebody says that changed code makes what the old code made, so nothing runs again; who, when and why is
 * kept with the results for good.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Acceptance from "../pipeline/Acceptance.ts"
import * as Decisions from "../pipeline/Decisions.ts"
import { type Drift, drifts } from "../pipeline/Drift.ts"
import { NothingToAccept } from "../pipeline/Errors.ts"
import type { Code } from "../pipeline/Fingerprint.ts"
import type { Entry } from "../pipeline/Plan.ts"
import { parseJson } from "../pipeline/parseJson.ts"
import { changedParts } from "../pipeline/parts.ts"
import * as Reason from "../pipeline/Reason.ts"
import { codeBehind, type Result } from "../pipeline/Result.ts"
import { Store } from "../pipeline/Store.ts"
import { trialOf } from "../pipeline/trialStore.ts"
import { type Asked, currentPlan, entriesAt } from "./addressed.ts"
import { because } from "./because.ts"
import { dryRun, json, planned, project } from "./flags.ts"
import type { Project } from "./Project.ts"
import { withStore } from "./services.ts"
import { who } from "./who.ts"
import { count, shortKey } from "./words.ts"

type Accepted = Decisions.Decision & { readonly type: "accepted" }

/** Pinned stages: their results are found already, and only what has changed since is accepted. */
const ofDrift = (drift: Drift, wanted: ReadonlySet<string>, by: Decisions.By): Accepted => ({
  type: "accepted",
  mode: "pinned",
  stage: drift.stage,
  from: drift.from,
  to: drift.to,
  places: drift.places,
  subjects: drift.entries.filter(({ node }) => wanted.has(node.id)).map(({ address, key }) => ({ address, key: key! })),
  ...by
})

const codeOf = (result: Result) =>
  Effect.gen(function* () {
    const store = yield* Store
    const bytes = yield* Effect.option(store.get(codeBehind(result)))
    return parseJson<Code>(bytes._tag === "Some" ? bytes.value : undefined)
  })

/** One decision for each stage and old code. */
const ofAliases = (accepted: ReadonlyArray<Acceptance.Acceptable>, by: Decisions.By) =>
  Effect.gen(function* () {
    const found = new Map<string, Accepted & { readonly subjects: Array<Decisions.Subject> }>()
    for (const { entry, old } of accepted) {
      const before = yield* codeOf(old)
      const from = before?.identity ?? "unknown"
      const name = `${entry.node.stage} ${from}`
      const decision = found.get(name) ?? {
        type: "accepted",
        mode: entry.node.version === undefined ? "auto" : "pinned",
        stage: entry.node.stage,
        from,
        to: entry.code.identity,
        places: before === undefined ? [] : changedParts(before, entry.code),
        subjects: [],
        ...by
      }
      decision.subjects.push({ address: entry.address, key: old.key, to: entry.key! })
      found.set(name, decision)
    }
    return [...found.values()]
  })

/**
 * Accepts what can be accepted, plans again, and goes on with what that brought to light: a stage's key is known only once
 * those before it have theirs.
 */
const acceptAll = (
  project_: Project,
  { addresses, ...asked }: Asked & { readonly addresses: ReadonlyArray<string> },
  by: Decisions.By
) =>
  Effect.gen(function* () {
    const planning = currentPlan(project_, asked)
    const first = yield* planning
    const entries = (yield* Effect.forEach(addresses, (address) => entriesAt(first, address))).flat()
    const wanted = new Set(entries.map(({ node }) => node.id))
    const results = yield* Acceptance.resultsByRest(project_.store, new Set(entries.map(({ node }) => node.stage)))
    const drifted = (yield* drifts(first)).filter((drift) => drift.entries.some(({ node }) => wanted.has(node.id)))
    const aliased: Array<Acceptance.Acceptable> = []
    let plan = first
    for (;;) {
      const found = yield* Acceptance.acceptable(plan, asked.device, wanted, results)
      aliased.push(...found)
      if (found.length === 0) break
      yield* Effect.forEach(found, (each) => Acceptance.accept(each, by), { discard: true })
      plan = yield* planning
    }
    const decisions = [...drifted.map((drift) => ofDrift(drift, wanted, by)), ...(yield* ofAliases(aliased, by))]
    const left = plan.entries.filter(({ node, state }) => wanted.has(node.id) && state !== "hit")
    return { decisions, left, entries }
  })

const whyNot = (entry: Entry): string =>
  `${entry.address}: ${entry.reason === undefined ? "up to date" : Reason.format(entry.reason)}`

const lines = (decision: Accepted, tellsOnly: boolean): ReadonlyArray<string> => {
  const { stage, mode, from, to, places, subjects } = decision
  const verb = tellsOnly ? "would accept" : "accepted"
  const what = mode === "pinned" && subjects.every((subject) => subject.to === undefined) ? "drift of " : ""
  return [
    `${verb} ${what}${stage}   code ${shortKey(from)} → ${shortKey(to)}   ${places.join(", ")}`,
    ...subjects
      .slice(0, 10)
      .map(
        ({ address, key, to: alias }) =>
          `  ${address}   ${shortKey(key)}${alias === undefined ? "" : ` → ${shortKey(alias)}`}`
      ),
    ...(subjects.length > 10 ? [`  and ${subjects.length - 10} more`] : [])
  ]
}

export const accept = Command.make(
  "accept",
  {
    addresses: Argument.String("address").pipe(
      Argument.withDescription("Addresses, patterns or stages whose code changed and whose results hold all the same"),
      Argument.atLeast(1)
    ),
    because,
    dryRun: dryRun("Tells what would be accepted, and accepts nothing"),
    ...planned,
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    const { store } = project_
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const by = { who: who(), at: yield* Clock.currentTimeMillis, because: options.because }
        const real = yield* Store
        const { decisions, left, entries } = yield* acceptAll(project_, options, by).pipe(
          Effect.provideService(Store, options.dryRun ? trialOf(real) : real)
        )
        if (decisions.length === 0)
          return yield* new NothingToAccept({
            addresses: options.addresses,
            reasons: (left.length > 0 ? left : entries).slice(0, 5).map(whyNot)
          })
        for (const decision of decisions) {
          if (!options.dryRun) yield* Decisions.record(store, decision)
          yield* Console.log(
            options.json
              ? JSON.stringify({ v: 1, dryRun: options.dryRun, ...decision })
              : lines(decision, options.dryRun).join("\n")
          )
        }
        if (left.length > 0)
          yield* Console.error(
            [
              `${count(left.length, "stage")} not accepted:`,
              ...left.slice(0, 5).map((entry) => `  ${whyNot(entry)}`)
            ].join("\n")
          )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Says that results hold though the code changed: of a pinned stage, that its drift is harmless; of any other, that the new code makes what the old one made. Nothing runs; who, when and why is kept, and lineage, show and why tell it."
  ),
  Command.withShortDescription("Says that results hold though the code changed"),
  Command.withExamples([
    { command: 'brink accept train --because "only renamed a variable"', description: "All cells of a stage" },
    {
      command: 'brink accept "descend@ratio=1*" --because "same numbers, checked" -n',
      description: "What it would accept"
    }
  ])
)
