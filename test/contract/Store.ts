/**
 * What every store does, whatever disk it lies on: `suite` is run on each. Whatever it returns is whole and is what its name
 * says; anything else is a miss, and heals by being made again.
 */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { keyOf } from "../../src/pipeline/Action.ts"
import type { Disk } from "../../src/pipeline/Disk.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { blobOf, bytesOf, publishMade, sampleAction, sampleMade } from "../fault/samples.ts"
import type { Place } from "./places.ts"

const flipped = (bytes: Uint8Array, at = 3): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

/** Three ways in which a stored file comes to harm. */
const harms: Readonly<Record<string, (files: Place["files"], path: string) => void>> = {
  truncated: (files, path) => files.damage(path, files.read(path).subarray(0, 5)),
  flipped: (files, path) => files.damage(path, flipped(files.read(path))),
  absent: (files, path) => files.remove(path)
}

export const suite = (name: string, place: Effect.Effect<Place, never, Scope.Scope>): void => {
  const inStore = <A, E>(
    body: (
      store: Store.Store["Service"],
      files: Place["files"]
    ) => Effect.Effect<A, E, Store.Store | Disk | Scope.Scope>
  ): Effect.Effect<A, E, Scope.Scope> =>
    Effect.flatMap(place, ({ root, disk, files }) =>
      Effect.flatMap(Store.Store, (store) => body(store, files)).pipe(
        Effect.provide(Store.layer(root).pipe(Layer.provideMerge(disk)))
      )
    )

  describe(`a store on ${name}`, () => {
    it.effect("gives back what was put, named by its digest and read-only", () =>
      inStore((store, files) =>
        Effect.gen(function* () {
          for (const bytes of [bytesOf("some bytes"), new Uint8Array(), new Uint8Array(100_000).fill(7)]) {
            const blob = yield* store.put(bytes)
            assert.deepStrictEqual(blob, blobOf(bytes))
            assert.deepStrictEqual(new Uint8Array(yield* store.get(blob)), bytes)
            assert.isTrue(files.isReadOnly(store.blobPath(blob.digest)))
          }
        })
      )
    )

    it.effect("keeps equal bytes once, and leaves no temporary files", () =>
      inStore((store, files) =>
        Effect.gen(function* () {
          const blobs = yield* Effect.forEach([1, 2, 3, 4], () => store.put(bytesOf("same")), {
            concurrency: "unbounded"
          })
          const folder = join(store.blobPath(blobs[0]!.digest), "..")
          assert.deepStrictEqual(files.names(folder), [blobs[0]!.digest])
        })
      )
    )

    for (const [harm, doHarm] of Object.entries(harms)) {
      it.effect(`refuses a ${harm} object, and takes the right bytes in its place`, () =>
        inStore((store, files) =>
          Effect.gen(function* () {
            const bytes = bytesOf("bytes that come to harm")
            const blob = yield* store.put(bytes)
            doHarm(files, store.blobPath(blob.digest))
            const error = yield* Effect.flip(store.get(blob))
            assert.strictEqual(error._tag, harm === "absent" ? "ArtifactMissing" : "ArtifactCorrupt")
            assert.include(error.message, blob.digest.slice(0, 12))
            assert.isFalse(files.exists(store.blobPath(blob.digest)), "damaged bytes must leave their name")
            yield* store.put(bytes)
            assert.deepStrictEqual(new Uint8Array(yield* store.get(blob)), bytes)
          })
        )
      )

      it.effect(`a result whose object is ${harm} never gives wrong bytes, and heals by being published again`, () =>
        inStore((store, files) =>
          Effect.gen(function* () {
            const made = sampleMade()
            yield* publishMade(made)
            doHarm(files, store.blobPath(made.weights.digest))
            const found = yield* store.find(made.result.key)
            assert.strictEqual(found._tag, harm === "flipped" ? "Hit" : "Incomplete")
            assert.isTrue(yield* Effect.isFailure(store.get(made.weights)))
            assert.strictEqual((yield* store.find(made.result.key))._tag, "Incomplete")
            yield* publishMade(sampleMade({ at: 2000 }))
            assert.strictEqual((yield* store.find(made.result.key))._tag, "Hit")
            assert.strictEqual((yield* store.get(made.weights)).byteLength, made.weights.size)
          })
        )
      )
    }

    it.effect("a put over an object of another length replaces it, without anyone having read it", () =>
      inStore((store, files) =>
        Effect.gen(function* () {
          const bytes = bytesOf("whole bytes")
          const blob = yield* store.put(bytes)
          files.damage(store.blobPath(blob.digest), bytes.subarray(0, 2))
          yield* store.put(bytes)
          assert.deepStrictEqual(new Uint8Array(yield* store.get(blob)), bytes)
        })
      )
    )

    for (const large of [false, true]) {
      it.effect(`finds what was published, with its action and its manifest (${large ? "an object" : "inline"})`, () =>
        inStore((store) =>
          Effect.gen(function* () {
            const made = sampleMade({ large })
            assert.strictEqual((yield* store.find(made.result.key))._tag, "Miss")
            assert.isTrue(Option.isNone(yield* store.action(made.result.key)))
            yield* publishMade(made)
            const found = yield* store.find(made.result.key)
            assert.deepStrictEqual(found, { _tag: "Hit", result: made.result })
            assert.deepStrictEqual(Option.getOrThrow(yield* store.action(made.result.key)), made.action)
            const manifest = yield* store.manifest(made.result)
            assert.deepStrictEqual(manifest.files, { "weights.bin": made.weights })
            assert.deepStrictEqual(manifest.value["losses"], [1, 0.5, 0.25])
          })
        )
      )
    }

    it.effect("the first of two different results holds, for both publishers", () =>
      inStore((store) =>
        Effect.gen(function* () {
          const [one, two] = [sampleMade({ weights: "one", at: 1 }), sampleMade({ weights: "two", at: 2 })]
          const held = yield* Effect.forEach([one, two], publishMade, { concurrency: "unbounded" })
          const found = yield* store.find(one.result.key)
          assert.strictEqual(found._tag, "Hit")
          for (const result of held) assert.deepStrictEqual(found, { _tag: "Hit", result })
          const later = yield* publishMade(sampleMade({ weights: "three", at: 3 }))
          assert.deepStrictEqual(found, { _tag: "Hit", result: later })
        })
      )
    )

    it.effect("what was forgotten is a miss until it is published again", () =>
      inStore((store) =>
        Effect.gen(function* () {
          const made = sampleMade()
          yield* store.forget(made.result.key)
          yield* publishMade(made)
          yield* store.forget(made.result.key)
          assert.strictEqual((yield* store.find(made.result.key))._tag, "Miss")
          yield* publishMade(sampleMade({ at: 2000 }))
          assert.strictEqual((yield* store.find(made.result.key))._tag, "Hit")
        })
      )
    )

    it.effect("completes the first digits of keys and digests", () =>
      inStore((store) =>
        Effect.gen(function* () {
          const made = sampleMade()
          const other = sampleMade({ action: sampleAction({ stage: "other" }) })
          yield* publishMade(made)
          yield* publishMade(other)
          const { key } = made.result
          assert.deepStrictEqual(yield* store.complete("ac", key.slice(0, 6)), [key])
          assert.deepStrictEqual(yield* store.complete("cas", made.weights.digest.slice(0, 6)), [made.weights.digest])
          assert.deepStrictEqual(yield* store.complete("ac", keyOf(sampleAction({ stage: "no" })).slice(0, 8)), [])
          assert.deepStrictEqual(yield* store.complete("ac", "a"), [])
        })
      )
    )
  })
}
