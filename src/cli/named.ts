/**
 * From the first digits of a key or a digest to the one thing that they name: an action, an artifact, a stored object.
 * Artifacts are found by the digest of their value too, though small ones are no objects of their own.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Disk } from "../pipeline/Disk.ts"
import type { RecordUnknown, StoreUnavailable } from "../pipeline/Errors.ts"
import * as Lineage from "../pipeline/Lineage.ts"
import { objectsOf } from "../pipeline/Result.ts"
import { Store } from "../pipeline/Store.ts"

/** A name that is no run, key, digest or address. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  name: Schema.String,
  found: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.found.length === 0
      ? `no run, key or digest begins with "${this.name}". Give an address, or at least four digits of a key or digest.`
      : `"${this.name}" is ambiguous: ${this.found.map((name) => name.slice(0, 16)).join(", ")}. Give more digits.`
  }
}

export type Named =
  | { readonly _tag: "Key"; readonly key: string }
  /** The value of an artifact, made by these actions. */
  | { readonly _tag: "Artifact"; readonly digest: string; readonly keys: ReadonlyArray<string> }
  /** A file of an artifact, or a record of code, named by the results of these actions. */
  | { readonly _tag: "Object"; readonly digest: string; readonly keys: ReadonlyArray<string> }

export const isDigits = (name: string): boolean => /^[0-9a-f]{4,64}$/.test(name)

/** What the digits name among everything that is recorded. */
export const namedIn = (
  index: Lineage.Index,
  digits: string,
  objects: ReadonlyArray<string>
): Effect.Effect<Named, NotFound> => {
  const begins = (name: string): boolean => name.startsWith(digits)
  const keys = [...index.made.keys()].filter(begins)
  const outputs = [...index.makers.keys()].filter(begins)
  const others = objects.filter((digest) => begins(digest) && !outputs.includes(digest))
  const found = [...keys, ...outputs, ...others]
  if (found.length !== 1) return Effect.fail(new NotFound({ name: digits, found }))
  if (keys.length === 1) return Effect.succeed({ _tag: "Key", key: keys[0]! })
  const digest = found[0]!
  if (outputs.length === 1) return Effect.succeed({ _tag: "Artifact", digest, keys: index.makers.get(digest)! })
  const holders = [...index.made].flatMap(([key, { result }]) => (objectsOf(result).includes(digest) ? [key] : []))
  return Effect.succeed({ _tag: "Object", digest, keys: holders })
}

/** What the digits name in the store. */
export const named = (
  digits: string
): Effect.Effect<Named, NotFound | StoreUnavailable | RecordUnknown, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const index = yield* Lineage.load(store.root)
    return yield* namedIn(index, digits, yield* store.complete("cas", digits))
  })
