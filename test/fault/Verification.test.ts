/** Whether damage is found, whatever it hits; that it is set aside, and that what it belongs to heals. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as checkpoints from "../../src/executor/checkpoints.ts"
import * as Artifact from "../../src/pipeline/Artifact.ts"
import { sha256 } from "../../src/pipeline/canonical.ts"
import * as Layout from "../../src/pipeline/Layout.ts"
import * as Pins from "../../src/pipeline/Pins.ts"
import * as Record from "../../src/pipeline/Record.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { verify } from "../../src/pipeline/Verification.ts"
import { memoryDisk } from "./memoryDisk.ts"
import { blobOf, bytesOf, publishMade, sampleAction, sampleMade } from "./samples.ts"
import { makeWorld, ROOT } from "./world.ts"

const State = Artifact.make("State", { step: Schema.Int })
const check = (all: boolean) => verify(ROOT, { all, isWholeCheckpoint: checkpoints.isWhole })

const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

/** A store with a file of every kind that has a digest. */
const filled = Effect.gen(function* () {
  const disk = memoryDisk()
  const world = makeWorld({ disk, packFrom: 5 })
  const mades = Array.from({ length: 8 }, (_, i) =>
    sampleMade({ action: sampleAction({ params: { i } }), weights: `weights ${i}`, large: i % 2 === 0 })
  )
  yield* world.within(
    Effect.gen(function* () {
      const store = yield* Store.Store
      yield* Effect.forEach(mades.slice(0, 5), publishMade)
      yield* store.pack
      yield* Effect.forEach(mades.slice(5), publishMade)
      yield* checkpoints.save({ root: ROOT, family: sha256("family"), key: sha256("unfinished") }, State, { step: 3 })
      yield* store.put(bytesOf("nobody's"))
    })
  )
  const { action, result } = mades[0]!
  const second = { ...result, output: blobOf(bytesOf("another")), inline: sampleMade().result.inline! }
  disk.files.set(Layout.divergentPath(ROOT, result.key, sha256("x")), bytesOf(Record.encode(action, second)))
  const kindOf = (path: string): string =>
    path.endsWith(".record") ? "record" : (path.slice(ROOT.length + 1).split("/")[0] ?? "")
  const files = [...disk.files.keys()].filter((path) => ["cas", "record", "index", "ckpt", "ac"].includes(kindOf(path)))
  return { disk, world, mades, files, kindOf }
})

describe("a store that is whole", () => {
  it.effect("has no findings, and is left as it is", () =>
    Effect.gen(function* () {
      const { disk, world, mades } = yield* filled
      const before = new Map(disk.files)
      for (const all of [false, true]) {
        const { findings, records, objects } = yield* world.within(check(all))
        assert.deepStrictEqual(findings, [])
        assert.strictEqual(records, mades.length)
        assert.isAbove(objects, mades.length)
      }
      assert.deepStrictEqual([...disk.files.keys()].sort(), [...before.keys()].sort())
    })
  )
})

describe("damage", () => {
  it.effect("of any one bit of any file is found, set aside once, and gone with it", () =>
    Effect.gen(function* () {
      const { files } = yield* filled
      const kinds = new Set<string>()
      for (const [i, path] of files.entries()) {
        const { disk, world, mades, kindOf } = yield* filled
        const bytes = disk.files.get(path)!
        const bit = (i * 7919) % (8 * bytes.byteLength)
        const damaged = flip(bytes, bit)
        disk.files.set(path, damaged)
        const about = `bit ${bit} of ${path}`
        const { findings } = yield* world.within(check(true))
        assert.strictEqual(findings.length, 1, about)
        assert.strictEqual(findings[0]!.path, path, about)
        assert.deepStrictEqual(disk.files.get(findings[0]!.aside!), damaged, about)
        assert.notDeepEqual(disk.files.get(path), damaged, about)
        kinds.add(kindOf(path))
        yield* world.within(Effect.forEach(mades, publishMade))
        yield* world.within(
          Effect.gen(function* () {
            const store = yield* Store.Store
            for (const { result } of mades) assert.strictEqual((yield* store.find(result.key))._tag, "Hit", about)
          })
        )
        assert.deepStrictEqual(
          (yield* world.within(check(true))).findings.filter(({ kind }) => kind !== "object" || kindOf(path) !== "cas"),
          [],
          about
        )
      }
      assert.deepStrictEqual([...kinds].sort(), ["ac", "cas", "ckpt", "index", "record"])
    })
  )

  it.effect("in length is found without reading, with the addresses that it concerns", () =>
    Effect.gen(function* () {
      const { disk, world, mades } = yield* filled
      const [short, gone] = [mades[1]!.weights, mades[2]!.weights]
      disk.files.set(Layout.objectPath(ROOT, short.digest), bytesOf("wei"))
      disk.files.delete(Layout.objectPath(ROOT, gone.digest))
      const { findings } = yield* world.within(check(false))
      const found = new Map(findings.map(({ name, problem, addresses }) => [name, { problem, addresses }]))
      const addresses = ["descend@ratio=1.2"]
      assert.deepStrictEqual(found.get(short.digest), { problem: `it has 3 of ${short.size} bytes`, addresses })
      assert.deepStrictEqual(found.get(gone.digest), { problem: "it is gone", addresses })
      assert.strictEqual(found.size, 2)
      yield* world.within(
        Effect.gen(function* () {
          const store = yield* Store.Store
          assert.strictEqual((yield* store.find(mades[1]!.result.key))._tag, "Incomplete")
        })
      )
    })
  )

  it.effect("of a segment that was torn leaves every record that is whole", () =>
    Effect.gen(function* () {
      const { disk, world, mades } = yield* filled
      const path = [...disk.files.keys()].find((name) => name.endsWith(".seg"))!
      const bytes = disk.files.get(path)!
      disk.files.set(path, bytes.subarray(0, bytes.byteLength - 40))
      const { findings } = yield* world.within(check(false))
      assert.deepStrictEqual(
        findings.map(({ kind, problem }) => [kind, problem]),
        [["segment", "its bytes are not those that it is named by; 4 whole records of it are kept"]]
      )
      yield* world.within(
        Effect.gen(function* () {
          const store = yield* Store.Store
          const states = yield* Effect.forEach(mades, ({ result }) => store.find(result.key))
          assert.strictEqual(states.filter(({ _tag }) => _tag === "Hit").length, 7)
        })
      )
    })
  )

  it.effect("of a pin is told, and left for whoever set it", () =>
    Effect.gen(function* () {
      const { disk, world } = yield* filled
      yield* world.within(Pins.set(ROOT, { name: "a", of: "x", keys: [], behind: [], digests: [], who: "me", at: 0 }))
      disk.files.set(`${ROOT}/roots/a.json`, bytesOf("{"))
      const { findings } = yield* world.within(check(false))
      assert.deepStrictEqual(
        findings.map(({ kind, name }) => [kind, name]),
        [["pin", "a"]]
      )
    })
  )
})
