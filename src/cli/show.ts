/**
 * `brink show`: one thing whole, by whatever name it has: an address, a run, a key, a digest.
 */

import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Decisions from "../pipeline/Decisions.ts"
import { Disk } from "../pipeline/Disk.ts"
import * as Journal from "../pipeline/Journal.ts"
import { LAST, runNamed } from "../pipeline/RunDiff.ts"
import { Store } from "../pipeline/Store.ts"
import { currentPlan, entriesAt } from "./addressed.ts"
import { planned, project } from "./flags.ts"
import { isDigits, named } from "./named.ts"
import { withStore } from "./services.ts"
import { bytes as formatBytes } from "./words.ts"

const print = (value: unknown) => Console.log(JSON.stringify(value, null, 2))

/** Result and action of a key: everything that made a value. */
const showKey = Effect.fnUntraced(function* (key: string) {
  const store = yield* Store
  const found = yield* store.find(key)
  const action = yield* store.action(key)
  if (found._tag === "Miss") return yield* print({ key, state: "not made" })
  const manifest = yield* Effect.option(store.manifest(found.result))
  const { inline: _, ...result } = found.result
  const decisions = Decisions.byKey(yield* Decisions.all(store.root)).get(key) ?? []
  yield* print({
    key,
    state: found._tag === "Hit" ? "made" : `incomplete: ${found.detail}`,
    action: Option.getOrNull(action),
    result,
    manifest: Option.getOrNull(manifest),
    ...(decisions.length === 0 ? {} : { decisions })
  })
})

/** An object: its text where it is a manifest or a record of code, else its place. */
const showDigest = Effect.fnUntraced(function* (digest: string) {
  const store = yield* Store
  const disk = yield* Disk
  const path = store.blobPath(digest)
  const size = (yield* disk.size(path)) ?? 0
  const content = yield* store.get({ digest, size })
  const isJson = content[0] === 0x7b && size < 1_000_000
  yield* Console.log(`${digest}  ${formatBytes(size)}  ${path}`)
  if (isJson) yield* print(JSON.parse(new TextDecoder().decode(content)))
})

export const show = Command.make(
  "show",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription("An address, a run (last, last~1, or its name), or the first digits of a key or digest")
    ),
    ...planned
  },
  Effect.fnUntraced(function* ({ name, ...options }) {
    const project_ = yield* project
    yield* withStore(
      project_,
      Effect.gen(function* () {
        const store = yield* Store
        const disk = yield* Disk
        if (isDigits(name)) {
          const found = yield* named(name)
          if (found._tag === "Key") return yield* showKey(found.key)
          if (found._tag === "Object" || (yield* disk.size(store.blobPath(found.digest))) !== undefined)
            return yield* showDigest(found.digest)
          return yield* showKey(found.keys[0]!)
        }
        const runs = yield* Journal.runs(project_.store)
        const run = LAST.test(name)
          ? yield* runNamed(project_.store, name)
          : runs.find((candidate) => candidate === name)
        if (run !== undefined) {
          for (const event of yield* Journal.events(project_.store, run)) yield* Console.log(JSON.stringify(event))
          return
        }
        const plan = yield* currentPlan(project_, options)
        for (const entry of yield* entriesAt(plan, name)) {
          if (entry.key === undefined) yield* print({ address: entry.address, state: entry.state })
          else yield* showKey(entry.key)
        }
      })
    )
  })
).pipe(
  Command.withDescription("Shows one thing whole: what made it, from what, when and where"),
  Command.withExamples([
    { command: "brink show measure@ratio=1.2", description: "Action, result and value of a stage" }
  ])
)
