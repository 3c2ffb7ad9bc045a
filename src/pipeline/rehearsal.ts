/**
 * A store in which nothing is written: what is put or published is found again by whoever has this one, and by nobody else. So a
 * dry run goes the way of the real one. Knows nothing of what is rehearsed.
 */
import * as Effect from "effect/Effect"
import { sha256 } from "./canonical.ts"
import type { Result } from "./Result.ts"
import type { Found, Store } from "./Store.ts"

export const rehearsal = (store: Store["Service"]): Store["Service"] => {
  const blobs = new Map<string, Uint8Array>()
  const results = new Map<string, Result>()
  return {
    ...store,
    put: (bytes) =>
      Effect.sync(() => {
        const digest = sha256(bytes)
        blobs.set(digest, bytes)
        return { digest, size: bytes.byteLength }
      }),
    get: (blob) => {
      const bytes = blobs.get(blob.digest)
      return bytes === undefined ? store.get(blob) : Effect.succeed(bytes)
    },
    publish: (_action, result) =>
      Effect.sync(() => {
        results.set(result.key, result)
        return result
      }),
    find: (key) => {
      const result = results.get(key)
      return result === undefined ? store.find(key) : Effect.succeed<Found>({ _tag: "Hit", result })
    },
    snapshot: Effect.map(store.snapshot, (resultOf) => (key) => results.get(key) ?? resultOf(key))
  }
}
