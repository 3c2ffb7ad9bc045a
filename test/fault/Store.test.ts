/**
 * A store whose disk fails, and whose files are cut or changed: it may lose what was not finished, and never gives
 * anything wrong.
 */
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { sha256 } from "../../src/pipeline/canonical.ts"
import * as Disk from "../../src/pipeline/Disk.ts"
import * as Record from "../../src/pipeline/Record.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { failingDisk, faults } from "./failingDisk.ts"
import { bytesOf, type Made, publishMade, sampleMade } from "./samples.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

const storeAt = (root: string, disk = Disk.layer) => Store.layer(root).pipe(Layer.provideMerge(disk))

const overwrite = (path: string, bytes: Uint8Array): void => {
  chmodSync(path, 0o644)
  writeFileSync(path, bytes)
}

/** A hit, or nothing: and a hit's objects are all there, with the bytes that were made. */
const assertNeverWrong = (made: Made) =>
  Effect.gen(function* () {
    const store = yield* Store.Store
    const found = yield* store.find(made.result.key)
    if (found._tag !== "Hit") return false
    for (const blob of found.result.blobs) assert.strictEqual(sha256(yield* store.get(blob)), blob.digest)
    assert.deepStrictEqual(yield* store.manifest(found.result), yield* store.manifest(made.result))
    return true
  })

/** How many operations a publication asks the disk for, on a root that is new or not. */
const operationsOf = (work: (root: string) => Effect.Effect<unknown, unknown, Store.Store>) =>
  Effect.gen(function* () {
    const state = faults()
    const root = yield* temporaryFolder
    yield* Effect.provide(work(root), storeAt(root, failingDisk(state)))
    return state.count
  })

describe("a disk that fails at its n-th operation", () => {
  for (const large of [false, true]) {
    for (const [forGood, torn] of [
      [true, false],
      [true, true],
      [false, false]
    ] as const) {
      const how = `${forGood ? "for good" : "once"}${torn ? ", leaving half a file" : ""}`
      it.effect(`${how}: nothing wrong is found, and a retry succeeds (manifest ${large ? "apart" : "inline"})`, () =>
        Effect.gen(function* () {
          const made = sampleMade({ large })
          const total = yield* operationsOf(() => publishMade(made))
          assert.isAbove(total, 8)
          for (let n = 1; n <= total; n++) {
            const root = yield* temporaryFolder
            const state = faults({ failFrom: n, forGood, torn })
            const error = yield* Effect.flip(Effect.provide(publishMade(made), storeAt(root, failingDisk(state))))
            assert.strictEqual(error._tag, "StoreUnavailable", `at operation ${n}`)
            assert.strictEqual(error.code, "ENOSPC")
            yield* Effect.gen(function* () {
              yield* assertNeverWrong(made)
              yield* publishMade(sampleMade({ large, at: 2000 }))
              assert.isTrue(yield* assertNeverWrong(made), `not healed after operation ${n}`)
            }).pipe(Effect.provide(storeAt(root)))
          }
        })
      )
    }
  }

  it.effect("while a damaged result is replaced: nothing wrong is found, and a retry succeeds", () =>
    Effect.gen(function* () {
      const made = sampleMade()
      const again = sampleMade({ at: 2000 })
      const damaged = (root: string) =>
        Effect.gen(function* () {
          yield* publishMade(made)
          overwrite((yield* Store.Store).blobPath(made.weights.digest), bytesOf("torn"))
        }).pipe(Effect.provide(storeAt(root)))
      const total = yield* operationsOf((root) => Effect.andThen(damaged(root), publishMade(again)))
      for (let n = 1; n <= total; n++) {
        const root = yield* temporaryFolder
        yield* damaged(root)
        yield* Effect.flip(Effect.provide(publishMade(again), storeAt(root, failingDisk(faults({ failFrom: n })))))
        yield* Effect.gen(function* () {
          yield* assertNeverWrong(made)
          yield* publishMade(sampleMade({ at: 3000 }))
          assert.isTrue(yield* assertNeverWrong(made), `not healed after operation ${n}`)
        }).pipe(Effect.provide(storeAt(root)))
      }
    })
  )
})

describe("the record of an action that comes to harm", () => {
  /** Publishes, and damages the record's file; `path` names it. */
  const published = (made: Made, change: (path: string) => Effect.Effect<void, unknown, Store.Store>) =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const path = join(root, "ac", made.result.key.slice(0, 2), `${made.result.key}.record`)
      yield* Effect.andThen(publishMade(made), change(path)).pipe(Effect.provide(storeAt(root)))
    })

  const assertMiss = (key: string, where: string) =>
    Effect.gen(function* () {
      const store = yield* Store.Store
      assert.strictEqual((yield* store.find(key))._tag, "Miss", where)
      assert.isTrue(Option.isNone(yield* store.action(key)), where)
      assert.isUndefined((yield* store.snapshot)(key), where)
    })

  it.effect("cut at any byte is a miss, and the next publication takes its place", () => {
    const made = sampleMade()
    return published(made, (path) =>
      Effect.gen(function* () {
        const store = yield* Store.Store
        const whole = readFileSync(path)
        for (let length = 0; length < whole.byteLength; length++) {
          overwrite(path, whole.subarray(0, length))
          yield* assertMiss(made.result.key, `at ${length} bytes`)
        }
        const again = sampleMade({ at: 2000 })
        assert.deepStrictEqual(yield* publishMade(again), again.result)
        assert.deepStrictEqual(yield* store.find(made.result.key), { _tag: "Hit", result: again.result })
        assert.deepStrictEqual(Option.getOrThrow(yield* store.action(made.result.key)), made.action)
      })
    )
  })

  it.effect("with any one bit flipped is a miss", () => {
    const made = sampleMade()
    return published(made, (path) =>
      Effect.gen(function* () {
        const whole = readFileSync(path)
        for (let at = 0; at < whole.byteLength - 1; at++) {
          overwrite(path, whole.with(at, whole[at]! ^ 1))
          yield* assertMiss(made.result.key, `byte ${at}`)
        }
      })
    )
  })

  it.effect("that is another action's is a miss", () => {
    const made = sampleMade()
    const other = sampleMade({ action: { ...made.action, params: { ratio: 1.3 } } })
    return published(made, (path) =>
      Effect.gen(function* () {
        overwrite(path, bytesOf(Record.encode(other.action, other.result)))
        yield* assertMiss(made.result.key, "under a wrong name")
      })
    )
  })

  it.effect("of a version that is not known is a miss", () => {
    const made = sampleMade()
    return published(made, (path) =>
      Effect.gen(function* () {
        const later = { ...made.result, version: 2 as never }
        overwrite(path, bytesOf(Record.encode({ ...made.action, version: 2 as never }, later)))
        yield* assertMiss(made.result.key, "version 2")
      })
    )
  })
})
