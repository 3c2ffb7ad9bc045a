/**
 * A store on top of another, to see what would come of something: what is put and published there is found there, and
 * nowhere else. Whoever tells beforehand what he will do does the very same on it. Knows nothing of what that is.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Action } from "./Action.ts"
import { sha256 } from "./canonical.ts"
import type { Result } from "./Result.ts"
import type { Store } from "./Store.ts"

type StoreShape = Store["Service"]

interface Made {
  readonly action: Action
  readonly result: Result
}

/** A store that begins as the given one is, and leaves that as it is. */
export const trialOf = (store: StoreShape): StoreShape => {
  const objects = new Map<string, Uint8Array>()
  /** What was published here; nothing under keys that were forgotten. */
  const records = new Map<string, Made | undefined>()
  const find: StoreShape["find"] = (key) => {
    if (!records.has(key)) return store.find(key)
    const made = records.get(key)
    return Effect.succeed(made === undefined ? { _tag: "Miss" } : { _tag: "Hit", result: made.result })
  }
  const hold = (action: Action, result: Result): Result => {
    records.set(result.key, { action, result })
    return result
  }
  return {
    ...store,
    put: (bytes) =>
      Effect.sync(() => {
        const digest = sha256(bytes)
        objects.set(digest, bytes)
        return { digest, size: bytes.byteLength }
      }),
    get: (blob) => {
      const bytes = objects.get(blob.digest)
      return bytes === undefined ? store.get(blob) : Effect.succeed(bytes)
    },
    find,
    snapshot: Effect.map(
      store.snapshot,
      (before) => (key) => (records.has(key) ? records.get(key)?.result : before(key))
    ),
    action: (key) =>
      records.has(key) ? Effect.succeed(Option.fromUndefinedOr(records.get(key)?.action)) : store.action(key),
    publish: (action, result) =>
      Effect.map(find(result.key), (other) => (other._tag === "Hit" ? other.result : hold(action, result))),
    publishAnew: (action, result) => Effect.sync(() => hold(action, result)),
    keepBeside: () => Effect.void,
    forget: (key) => Effect.sync(() => void records.set(key, undefined)),
    pack: Effect.void
  }
}
