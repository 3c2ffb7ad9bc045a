/**
 * `brink invalidate`: forgets results, so that they are made again when they are asked for; who, when and why is kept.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as checkpoints from "../executor/checkpoints.ts"
import * as Decisions from "../pipeline/Decisions.ts"
import { NothingToInvalidate } from "../pipeline/Errors.ts"
import { Store } from "../pipeline/Store.ts"
import { type Asked, currentPlan, entriesAt } from "./addressed.ts"
import { because } from "./because.ts"
import { dryRun, json, planned, project } from "./flags.ts"
import { isDigits, named } from "./named.ts"
import type { Project } from "./Project.ts"
import { withStore } from "./services.ts"
import { who } from "./who.ts"
import { count, shortKey } from "./words.ts"

/** The results that the names stand for: at addresses as the pipeline is now, or by the digits of a key or digest. */
const subjectsOf = (project_: Project, names: ReadonlyArray<string>, asked: Asked) =>
  Effect.gen(function* () {
    const store = yield* Store
    const found = new Map<string, Decisions.Subject>()
    const add = (key: string) =>
      Effect.map(store.find(key), (state) => {
        if (state._tag !== "Miss") found.set(key, { address: state.result.address, key })
      })
    const addresses = names.filter((name) => !isDigits(name))
    for (const name of names.filter(isDigits)) {
      const meant = yield* named(name)
      for (const key of meant._tag === "Key" ? [meant.key] : meant.keys) yield* add(key)
    }
    if (addresses.length > 0) {
      const plan = yield* currentPlan(project_, asked)
      for (const address of addresses)
        for (const entry of yield* entriesAt(plan, address)) if (entry.key !== undefined) yield* add(entry.key)
    }
    return [...found.values()]
  })

export const invalidate = Command.make(
  "invalidate",
  {
    names: Argument.String("address").pipe(
      Argument.withDescription("Addresses, patterns or stages, or the first digits of a key or digest"),
      Argument.atLeast(1)
    ),
    because,
    dryRun: dryRun("Tells what would be forgotten, and forgets nothing"),
    ...planned,
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const store = yield* Store
        const subjects = yield* subjectsOf(project_, options.names, options)
        if (subjects.length === 0) return yield* new NothingToInvalidate({ names: options.names })
        const at = yield* Clock.currentTimeMillis
        const decision: Decisions.Decision = {
          type: "invalidated",
          subjects,
          who: who(),
          at,
          because: options.because
        }
        if (!options.dryRun) {
          yield* Decisions.record(project_.store, decision)
          yield* Effect.forEach(subjects, ({ key }) => store.forget(key), { discard: true })
          yield* checkpoints.forget(project_.store, new Set(subjects.map(({ key }) => key)))
        }
        if (options.json) return yield* Console.log(JSON.stringify({ v: 1, dryRun: options.dryRun, ...decision }))
        for (const { address, key } of subjects)
          yield* Console.log(`${options.dryRun ? "would forget" : "forgot"} ${address}   ${shortKey(key)}`)
        yield* Console.error(
          `${count(subjects.length, "result")}, to be made again when asked for; what was made of it runs only where it comes out different`
        )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Forgets results, so that they are made again when they are asked for. Who, when and why is kept; what they were made from stays."
  ),
  Command.withShortDescription("Forgets results, so that they are made again"),
  Command.withExamples([
    {
      command: 'brink invalidate measure --because "the machine was overheating"',
      description: "All cells of a stage"
    },
    { command: 'brink invalidate 3f2a9c --because "odd" -n', description: "One result by its key; only tells" }
  ])
)
