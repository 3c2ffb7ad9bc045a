/**
 * Finds the reason why an action runs: the difference to what was made at its address before, or to the nearest action of
 * its stage. Reads the store, decides nothing.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Action, Change } from "./Action.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import type * as Lineage from "./Lineage.ts"
import { parseJson } from "./parseJson.ts"
import { changedParts } from "./parts.ts"
import { changed, type Reason } from "./Reason.ts"
import { codeBehind } from "./Result.ts"
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
      .get(codeBehind(found.result))
      .pipe(Effect.catchTag(["ArtifactMissing", "ArtifactCorrupt"], () => Effect.succeed(undefined)))
    const before = parseJson<Code>(bytes)
    if (before?.files === undefined) return []
    return changedParts({ ...before, packages: before.packages ?? {} }, code)
  })

interface Like {
  readonly address: string
  readonly changes: ReadonlyArray<Change>
  readonly files: ReadonlyArray<string>
}

/** What is behind the changes, where one of them is of code. */
const filesBehind = (changes: ReadonlyArray<Change>, key: string, code: Code) =>
  changes.some(({ path }) => path === "code.identity") ? changedFiles(key, code) : Effect.succeed([])

/** The action of the same stage that differs in the fewest fields. */
const nearest = (
  address: string,
  action: Action,
  code: Code,
  history: History
): Effect.Effect<Like | undefined, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const siblings = [...history]
      .filter(([other]) => other !== address && stageOf(other) === action.stage)
      .slice(0, MOST_SIBLINGS)
    let best: (Omit<Like, "files"> & { readonly key: string }) | undefined
    for (const [other, key] of siblings) {
      const previous = yield* store.action(key)
      if (Option.isNone(previous)) continue
      const changes = changed(previous.value, action)
      if (best === undefined || changes.length < best.changes.length) best = { address: other, key, changes }
    }
    if (best === undefined) return undefined
    const { key, ...like } = best
    return { ...like, files: yield* filesBehind(best.changes, key, code) }
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
      if (changes.length > 0) return { _tag: "Changed", changes, files: yield* filesBehind(changes, key, code) }
    }
    const like = yield* nearest(address, action, code, history)
    return like === undefined ? { _tag: "NeverMade" } : { _tag: "NeverMade", like }
  })

/**
 * Why an action that is in the store was made when it was, from records alone: the difference to what was made at its
 * address before, else to the nearest of its stage. For when the journal of its run is gone.
 */
export const explainMade = (index: Lineage.Index, key: string): Effect.Effect<Reason, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const own = index.made.get(key)
    const action = Option.getOrUndefined(yield* store.action(key))
    const bytes = own === undefined ? Option.none() : yield* Effect.option(store.get(codeBehind(own.result)))
    const code = parseJson<Code>(Option.getOrUndefined(bytes))
    if (own === undefined || action === undefined || code === undefined) return { _tag: "NeverMade" }
    const before = [...index.made]
      .filter(([other, { stage, at }]) => other !== key && stage === own.stage && at <= own.result.startedAt)
      .sort(([, a], [, b]) => b.at - a.at)
    const history = new Map<string, string>()
    for (const [other, { result }] of before) if (!history.has(result.address)) history.set(result.address, other)
    return yield* explain(own.result.address, action, code, history)
  })
