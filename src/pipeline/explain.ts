/**
 * Finds the reason why an action runs: the difference to what was made at its address before, or to the nearest action of
 * its stage. Reads the store, decides nothing.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Action, Change } from "./Action.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import { parseJson } from "./parseJson.ts"
import { changedParts } from "./parts.ts"
import { changed, type Reason } from "./Reason.ts"
import { Store } from "./Store.ts"

/** Address → key of the newest action that was made there. */
export type History = ReadonlyMap<string, string>

/** How many other actions of a stage are compared to find the nearest. */
const MOST_SIBLINGS = 64

const stageOf = (address: string): string => address.split("@", 1)[0]!

/** What says something else in `code` than in the code that made, or was accepted for, the result of `key`. */
export const changedFiles = (key: string, code: Code): Effect.Effect<ReadonlyArray<string>, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const found = yield* store.find(key)
    if (found._tag === "Miss") return []
    const bytes = yield* store
      .get(found.result.accepted?.code ?? found.result.code)
      .pipe(Effect.catchTag(["ArtifactMissing", "ArtifactCorrupt"], () => Effect.succeed(undefined)))
    const before = parseJson<Code>(bytes)
    if (before?.files === undefined) return []
    return changedParts({ ...before, packages: before.packages ?? {} }, code)
  })

/** The action of the same stage that differs in the fewest fields. */
const nearest = (
  address: string,
  action: Action,
  history: History
): Effect.Effect<
  { readonly address: string; readonly changes: ReadonlyArray<Change> } | undefined,
  StoreUnavailable,
  Store
> =>
  Effect.gen(function* () {
    const store = yield* Store
    const siblings = [...history]
      .filter(([other]) => other !== address && stageOf(other) === action.stage)
      .slice(0, MOST_SIBLINGS)
    let best: { readonly address: string; readonly changes: ReadonlyArray<Change> } | undefined
    for (const [other, key] of siblings) {
      const previous = yield* store.action(key)
      if (Option.isNone(previous)) continue
      const changes = changed(previous.value, action)
      if (best === undefined || changes.length < best.changes.length) best = { address: other, changes }
    }
    return best
  })

/** Why an action that is not in the store will run. */
export const explain = (
  address: string,
  action: Action,
  code: Code,
  history: History
): Effect.Effect<Reason, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const key = history.get(address)
    const previous = key === undefined ? Option.none<Action>() : yield* store.action(key)
    if (key !== undefined && Option.isSome(previous)) {
      const changes = changed(previous.value, action)
      const code_ = changes.some(({ path }) => path === "code.identity") ? yield* changedFiles(key, code) : []
      if (changes.length > 0) return { _tag: "Changed", changes, files: code_ }
    }
    const like = yield* nearest(address, action, history)
    return like === undefined ? { _tag: "NeverMade" } : { _tag: "NeverMade", like }
  })
