/**
 * `brink pin`: names for results that no collection may take.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Address from "../pipeline/Address.ts"
import { PinInvalid } from "../pipeline/Errors.ts"
import * as Lineage from "../pipeline/Lineage.ts"
import * as Pins from "../pipeline/Pins.ts"
import { Store } from "../pipeline/Store.ts"
import { type Asked, currentPlan, entriesAt } from "./addressed.ts"
import { json, planned, project } from "./flags.ts"
import { isDigits, named } from "./named.ts"
import type { Project } from "./Project.ts"
import { withStore } from "./services.ts"
import { who } from "./who.ts"
import { columns, count, shortKey } from "./words.ts"

/** The keys and digests that an address, a key or a digest stands for now. */
const meaningOf = (project_: Project, name: string, of: string, asked: Asked) =>
  Effect.gen(function* () {
    if (isDigits(of)) {
      const found = yield* named(of)
      const keys = found._tag === "Key" ? [found.key] : found.keys
      const behind = [...Lineage.upstream(yield* Lineage.load(project_.store), keys)]
      return { keys, behind, digests: found._tag === "Key" ? [] : [found.digest] }
    }
    const plan = yield* currentPlan(project_, asked)
    const entries = yield* entriesAt(plan, of)
    const missing = entries.find(({ state }) => state !== "hit")
    if (missing !== undefined)
      return yield* new PinInvalid({
        name,
        problem: `${missing.address} is not made, so there is nothing to keep. Run it first: brink run ${plan.blueprint.pipeline} ${missing.address}`
      })
    const needed = Address.upstream(
      plan.blueprint,
      entries.map((entry) => entry.node.id)
    )
    return {
      keys: entries.map(({ key }) => key!),
      behind: plan.entries.flatMap(({ node, key }) => (needed.has(node.id) ? [key!] : [])),
      digests: entries.map(({ result }) => result!.output.digest)
    }
  })

const list = Effect.fnUntraced(function* (store: string, asJson: boolean) {
  const pins = yield* Pins.all(store)
  if (asJson) {
    for (const pin of pins) yield* Console.log(JSON.stringify({ v: 1, type: "pin", ...pin }))
  } else if (pins.length === 0) yield* Console.log("no pin yet: brink pin <name> <address>")
  else
    yield* Console.log(
      columns(
        pins.map((pin) => [
          pin.name,
          pin.of,
          count(pin.keys.length, "result"),
          new Date(pin.at).toISOString().slice(0, 10),
          pin.who
        ])
      )
    )
})

export const pin = Command.make(
  "pin",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("Name of the pin; lists all pins if left out"),
      Argument.optional
    ),
    of: Argument.String("of").pipe(
      Argument.withDescription("What to keep: an address or a pattern, or the first digits of a key or digest"),
      Argument.optional
    ),
    remove: Flag.Boolean("remove").pipe(
      Flag.withDescription("Removes the pin of that name: what it kept may be taken by the next gc"),
      Flag.withDefault(false)
    ),
    replace: Flag.Boolean("replace").pipe(
      Flag.withDescription("Lets go of what the pin of that name kept, and keeps this"),
      Flag.withDefault(false)
    ),
    ...planned,
    json
  },
  Effect.fnUntraced(function* (options) {
    const project_ = yield* project
    const { store } = project_
    yield* withStore(
      project_,
      Effect.gen(function* () {
        if (Option.isNone(options.name) && !options.remove) return yield* list(store, options.json)
        const name = Option.getOrElse(options.name, () => "")
        if (options.remove) {
          yield* Pins.remove(store, name)
          return yield* Console.error(`${name} keeps nothing any more: the next gc may take it`)
        }
        if (Option.isNone(options.of))
          return yield* new PinInvalid({ name, problem: `it has nothing to keep: brink pin ${name} <address>` })
        const of = options.of.value
        const meaning = yield* meaningOf(project_, name, of, options)
        const at = yield* Clock.currentTimeMillis
        yield* Pins.set(store, { name, of, ...meaning, who: who(), at }, { replaces: options.replace })
        // A gc that began before does not know of the pin: what it took comes back.
        const { find } = yield* Store
        yield* Effect.forEach(meaning.keys, find, { discard: true })
        yield* Console.error(
          `${name} keeps ${meaning.keys.length === 1 ? shortKey(meaning.keys[0]!) : count(meaning.keys.length, "result")}, with everything that it was made from`
        )
      })
    )
  })
).pipe(
  Command.withDescription(
    "Keeps results under a name: no gc takes what is pinned, nor what that was made from. Without a name it lists the pins."
  ),
  Command.withShortDescription("Keeps results under a name, whatever runs later"),
  Command.withExamples([
    { command: "brink pin figure-2 'measure@kind=mnist,*'", description: "The results behind a figure" },
    { command: "brink pin best 3f2a9c", description: "By the first digits of a key or digest" },
    { command: "brink pin best --remove", description: "Lets the next gc take them" }
  ])
)
