/**
 * A store whose disk fails, and whose files are cut or changed: it may lose what was not finished, and never gives
 * anything wrong.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { canonical, sha256 } from "../../src/pipeline/canonical.ts"
import * as Disk from "../../src/pipeline/Disk.ts"
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
          assert.isAbove(total, 15)
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

describe("files of a store that come to harm", () => {
  const published = (made: Made, change: (folder: string) => Effect.Effect<void, unknown, Store.Store>) =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const folder = join(root, "ac", made.result.key.slice(0, 2), made.result.key)
      yield* Effect.andThen(publishMade(made), change(folder)).pipe(Effect.provide(storeAt(root)))
    })

  it.effect("a result cut at any byte is a miss, and the next publication takes its place", () => {
    const made = sampleMade()
    return published(made, (folder) =>
      Effect.gen(function* () {
        const store = yield* Store.Store
        const path = join(folder, "canonical")
        const whole = readFileSync(path)
        for (let length = 0; length < whole.byteLength; length++) {
          overwrite(path, whole.subarray(0, length))
          assert.strictEqual((yield* store.find(made.result.key))._tag, "Miss", `at ${length} bytes`)
        }
        const again = sampleMade({ at: 2000 })
        assert.deepStrictEqual(yield* publishMade(again), again.result)
        assert.deepStrictEqual(yield* store.find(made.result.key), { _tag: "Hit", result: again.result })
      })
    )
  })

  it.effect("a result with any one bit flipped never gives another value", () => {
    const made = sampleMade()
    return published(made, (folder) =>
      Effect.gen(function* () {
        const store = yield* Store.Store
        const path = join(folder, "canonical")
        const whole = readFileSync(path)
        const meant = canonical(made.result.inline)
        const wrong: Array<number> = []
        for (let at = 0; at < whole.byteLength; at++) {
          overwrite(path, whole.with(at, whole[at]! ^ 1))
          const found = yield* store.find(made.result.key)
          if (found._tag !== "Hit") continue
          const manifest = yield* Effect.option(store.manifest(found.result))
          if (Option.isSome(manifest) && canonical(manifest.value) !== meant) wrong.push(at)
        }
        assert.strictEqual(wrong.length, 0, `of ${whole.byteLength} bytes, the first ones ${wrong.slice(0, 5)}`)
      })
    )
  })

  it.effect("an action cut at any byte is no action, and the next publication takes its place", () => {
    const made = sampleMade()
    return published(made, (folder) =>
      Effect.gen(function* () {
        const store = yield* Store.Store
        const path = join(folder, "action.json")
        const whole = readFileSync(path)
        for (let length = 0; length < whole.byteLength; length++) {
          overwrite(path, whole.subarray(0, length))
          assert.isTrue(Option.isNone(yield* store.action(made.result.key)), `at ${length} bytes`)
        }
        yield* store.forget(made.result.key)
        yield* publishMade(sampleMade({ at: 2000 }))
        assert.deepStrictEqual(Option.getOrThrow(yield* store.action(made.result.key)), made.action)
      })
    )
  })

  it.effect("the action of another key is no action", () => {
    const made = sampleMade()
    return published(made, (folder) =>
      Effect.gen(function* () {
        const store = yield* Store.Store
        const path = join(folder, "action.json")
        overwrite(path, bytesOf(readFileSync(path, "utf8").replace('"ratio":1.2', '"ratio":1.3')))
        assert.isTrue(Option.isNone(yield* store.action(made.result.key)))
      })
    )
  })

  it.effect("a result never precedes what it names", () => {
    const made = sampleMade({ large: true })
    return published(made, (folder) =>
      Effect.sync(() => {
        const names = readdirSync(folder)
        assert.sameMembers(names, [
          "action.json",
          "canonical",
          `${sha256(readFileSync(join(folder, "canonical")))}.json`
        ])
      })
    )
  })
})
