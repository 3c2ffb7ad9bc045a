/** Packed records: what is packed is found as if it lay loose, whoever reads or publishes meanwhile. */
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Disk from "../../../src/pipeline/Disk.ts"
import * as Layout from "../../../src/pipeline/Layout.ts"
import * as Record from "../../../src/pipeline/Record.ts"
import * as Segments from "../../../src/pipeline/Segments.ts"
import * as Store from "../../../src/pipeline/Store.ts"
import { around } from "../../fault/failingDisk.ts"
import { memoryDisk } from "../../fault/memoryDisk.ts"
import { publishMade, publishMadeAnew, sampleAction, sampleMade } from "../../fault/samples.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const madeAt = (ratio: number, at = 1000) => sampleMade({ action: sampleAction({ params: { ratio } }), at })
const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => madeAt(from + i))

const loose = (root: string): number =>
  readdirSync(join(root, "ac"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".record")).length
const segments = (root: string): ReadonlyArray<string> => {
  try {
    return readdirSync(join(root, "index"))
  } catch {
    return []
  }
}

/** A store as one process sees it; several may be on one root. */
const open = (root: string) =>
  Effect.map(
    Layer.build(Store.layer(root).pipe(Layer.provideMerge(Disk.layer))),
    (context) =>
      <A, E>(body: Effect.Effect<A, E, Store.Store | Disk.Disk>) =>
        Effect.provide(body, context)
  )

const publishAll = (mades: ReadonlyArray<ReturnType<typeof madeAt>>) =>
  Effect.forEach(mades, publishMade, { discard: true })
const pack = Effect.flatMap(Store.Store, (store) => store.pack)

/** Takes the packed record of a key, as a collection does, and leaves its objects. */
const withoutRecord = (root: string, key: string) =>
  Effect.gen(function* () {
    const disk = yield* Disk.Disk
    const before = yield* Segments.loadAll(disk, root)
    const kept = new Map([...Segments.linesOf(before)].filter(([each]) => each !== key))
    yield* Segments.write(disk, root, kept)
    for (const { name } of before) yield* disk.remove(join(Layout.indexFolder(root), name))
  })

const expectAll = (mades: ReadonlyArray<ReturnType<typeof madeAt>>) =>
  Effect.gen(function* () {
    const store = yield* Store.Store
    const snapshot = yield* store.snapshot
    for (const { action, result } of mades) {
      assert.deepStrictEqual(yield* store.find(result.key), { _tag: "Hit", result })
      assert.deepStrictEqual(snapshot(result.key), result)
      assert.deepStrictEqual(Option.getOrThrow(yield* store.action(result.key)), action)
    }
  })

describe("a store that packs", () => {
  it.effect("knows what a force changed before it was packed, by whichever controller", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const [one, other] = [yield* open(root), yield* open(root)]
      const [first, second] = ["first", "second"].map((weights) =>
        sampleMade({ action: sampleAction({ params: { ratio: 0 } }), weights })
      )
      const { key } = first!.result
      const held = Effect.map(
        Effect.flatMap(Store.Store, (store) => store.find(key)),
        (found) => (found._tag === "Hit" ? found.result.output.digest : undefined)
      )
      yield* one(publishAll([first!, ...many(1, 300)]))
      yield* one(pack)
      assert.strictEqual(yield* other(held), first!.result.output.digest)
      yield* other(publishMadeAnew(second!))
      yield* other(publishAll(many(300, 600)))
      yield* other(pack)
      assert.strictEqual(yield* other(held), second!.result.output.digest, "who packed it")
      yield* one(publishMadeAnew(first!))
      assert.strictEqual(yield* (yield* open(root))(held), first!.result.output.digest, "who forced it last")
    }).pipe(Effect.scoped)
  )

  it.effect("believes no record that others took while it was open, though the objects are there", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const [one, other] = [yield* open(root), yield* open(root)]
      const [taken, ...rest] = many(0, 300)
      const { key } = taken!.result
      const find = Effect.flatMap(Store.Store, (store) => store.find(key))
      yield* one(publishAll([taken!, ...rest]))
      yield* one(pack)
      assert.strictEqual((yield* one(find))._tag, "Hit")
      yield* other(withoutRecord(root, key))
      assert.strictEqual((yield* one(find))._tag, "Miss")
      assert.isUndefined((yield* one(Effect.flatMap(Store.Store, (store) => store.snapshot)))(key))
    }).pipe(Effect.scoped)
  )

  it.effect("knows what another forced and packed, which it had looked up before", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const [one, other] = [yield* open(root), yield* open(root)]
      const [before, ...rest] = many(0, 300)
      const find = Effect.flatMap(Store.Store, (store) => store.find(before!.result.key))
      yield* one(publishAll([before!, ...rest]))
      yield* one(pack)
      yield* one(find)
      const after = sampleMade({ action: before!.action, at: 9000, weights: "other" })
      yield* other(publishMadeAnew(after))
      yield* other(publishAll(many(300, 600)))
      yield* other(pack)
      assert.deepStrictEqual(yield* one(find), { _tag: "Hit", result: after.result })
    }).pipe(Effect.scoped)
  )

  it.effect("leaves few records loose, and finds every one as before", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const [first, other] = [yield* open(root), yield* open(root)]
      const mades = many(0, 300)
      yield* first(publishAll(mades))
      yield* other(expectAll(mades.slice(0, 3)))
      yield* first(pack)
      assert.strictEqual(loose(root), 0)
      assert.strictEqual(segments(root).length, 1)
      yield* first(expectAll(mades))
      yield* other(expectAll(mades))
      const key = mades[7]!.result.key
      assert.deepStrictEqual(
        yield* first(Effect.flatMap(Store.Store, ({ complete }) => complete("ac", key.slice(0, 12)))),
        [key]
      )
    })
  )

  it.effect("leaves a few records as they are", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const store = yield* open(root)
      yield* store(publishAll(many(0, 10)))
      yield* store(pack)
      assert.strictEqual(loose(root), 10)
      assert.isEmpty(segments(root))
    })
  )

  it.effect("keeps the number of segments small, and loses nothing in merging them", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const store = yield* open(root)
      const mades = many(0, 1500)
      for (let from = 0; from < mades.length; from += 300) {
        yield* store(publishAll(mades.slice(from, from + 300)))
        yield* store(pack)
      }
      assert.isAtMost(segments(root).length, 3)
      yield* store(expectAll(mades))
    })
  )

  it.effect("does not bring back what was forgotten, and takes what is made instead", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const store = yield* open(root)
      const mades = many(0, 300)
      const key = mades[0]!.result.key
      const find = Effect.flatMap(Store.Store, (service) => service.find(key))
      yield* store(publishAll(mades))
      yield* store(pack)
      yield* store(Effect.flatMap(Store.Store, ({ forget }) => forget(key)))
      assert.strictEqual((yield* store(find))._tag, "Miss")
      yield* store(publishAll(many(1000, 1300)))
      yield* store(pack)
      assert.strictEqual((yield* (yield* open(root))(find))._tag, "Miss")
      const again = madeAt(0, 5000)
      yield* store(publishMade(again))
      yield* store(expectAll([again, ...mades.slice(1)]))
    })
  )

  it.effect("gives way to a result that is made anew, and keeps the packed one beside it", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const store = yield* open(root)
      const mades = many(0, 300)
      yield* store(publishAll(mades))
      yield* store(pack)
      const again = sampleMade({ action: mades[5]!.action, at: 9000, weights: "other" })
      yield* store(publishMadeAnew(again))
      const now = mades.map((made, i) => (i === 5 ? again : made))
      yield* store(expectAll(now))
      yield* store(publishAll(many(1000, 1300)))
      yield* store(pack)
      yield* (yield* open(root))(expectAll(now))
      const { key, output } = mades[5]!.result
      assert.isTrue(existsSync(Layout.divergentPath(root, key, output.digest)))
    })
  )

  it.effect("misses what a segment that was removed had, and nothing else", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const store = yield* open(root)
      yield* store(publishAll(many(0, 300)))
      yield* store(pack)
      yield* store(publishMade(madeAt(5000)))
      rmSync(join(root, "index"), { recursive: true })
      yield* (yield* open(root))(
        Effect.gen(function* () {
          const { find } = yield* Store.Store
          assert.strictEqual((yield* find(madeAt(3).result.key))._tag, "Miss")
          yield* expectAll([madeAt(5000)])
        })
      )
    })
  )
})

describe("all segments", () => {
  it.effect("hold every record, also one whose segment is merged away while the folder is read", () =>
    Effect.gen(function* () {
      const disk = memoryDisk()
      const within = Effect.provide(disk.layer)
      const service = yield* within(Effect.map(Disk.Disk, (shape) => shape))
      const { action, result } = madeAt(1)
      const line = Buffer.from(Record.encode(action, result).trimEnd())
      const [before] = yield* Segments.write(service, "/store", new Map([[result.key, line]]))
      const merges = around(service, (operation, path) =>
        Effect.suspend(() => {
          if (operation !== "read" || !path.endsWith(before!) || !disk.files.delete(path)) return Effect.void
          const other = madeAt(2)
          const lines = new Map([
            [result.key, line],
            [other.result.key, Buffer.from(Record.encode(other.action, other.result).trimEnd())]
          ])
          return Effect.asVoid(Segments.write(service, "/store", lines))
        })
      )
      assert.strictEqual((yield* Segments.load(merges, "/store", [])).length, 0, "one look does not find it")
      const [after] = [...disk.files.keys()].map((path) => path.split("/").at(-1)!)
      disk.files.clear()
      yield* Segments.write(service, "/store", new Map([[result.key, line]]))
      const found = yield* Segments.loadAll(merges, "/store")
      assert.deepStrictEqual(
        found.map(({ name }) => name),
        [after]
      )
      assert.strictEqual(Segments.lineOf(found, result.key), line.toString())
    })
  )
})
