/** Why an action will run: the nearest thing that was made, and every field that differs. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Disk } from "../../../src/pipeline/Disk.ts"
import { changedFiles } from "../../../src/pipeline/explain.ts"
import type { Code } from "../../../src/pipeline/Fingerprint.ts"
import * as Store from "../../../src/pipeline/Store.ts"
import type { Behaviour } from "../../fault/fakeExecutor.ts"
import { memoryDisk } from "../../fault/memoryDisk.ts"
import { blobOf, bytesOf, publishMade, sampleCode, sampleMade } from "../../fault/samples.ts"
import { makeWorld, node } from "../../fault/world.ts"

const well: Behaviour = ({ key }) => Effect.succeed(key)

/** A sweep over a draw. */
const sweep = (seed: number, ratios: ReadonlyArray<number>, options: Parameters<typeof node>[3] = {}) => {
  const data = node("draw", { seed })
  return [data, ...ratios.map((ratio) => node("train", { ratio, steps: 10 }, { data }, options))]
}

describe("the files behind a change of code", () => {
  const inStore = <A, E>(body: Effect.Effect<A, E, Store.Store | Disk>) =>
    Effect.provide(body, Store.layer("/store").pipe(Layer.provideMerge(memoryDisk().layer)))

  const code: Code = {
    ...sampleCode,
    packages: { effect: "4.2.0" },
    files: { "stages/descend.ts": "other", "src/new.ts": "x" }
  }

  it.effect("are those that say something else, with packages", () =>
    inStore(
      Effect.gen(function* () {
        const { key } = yield* publishMade(sampleMade())
        const files = yield* changedFiles(key, code)
        assert.deepStrictEqual(files, ["package effect", "src/new.ts", "stages/descend.ts"])
        assert.deepStrictEqual(yield* changedFiles(key, sampleCode), [])
      })
    )
  )

  it.effect("are unknown where the record of the earlier code is damaged, gone or foreign", () =>
    inStore(
      Effect.gen(function* () {
        const { action, result, blobs } = sampleMade()
        for (const record of ["", "null", "{}", "torn {"]) {
          const bytes = bytesOf(record)
          const foreign = { action, result: { ...result, code: blobOf(bytes) }, blobs: [...blobs, bytes] }
          const store = yield* Store.Store
          yield* store.forget(result.key)
          const { key } = yield* publishMade({ ...foreign, weights: blobOf(bytes) })
          assert.deepStrictEqual(yield* changedFiles(key, code), [], record)
        }
        assert.deepStrictEqual(yield* changedFiles("0".repeat(64), code), [])
      })
    )
  )
})

describe("the reason of an action", () => {
  const changedFrom = (
    first: Parameters<ReturnType<typeof makeWorld>["run"]>[0],
    second: typeof first,
    revisions: Readonly<Record<string, string>> = {}
  ) =>
    Effect.gen(function* () {
      const world = makeWorld()
      yield* world.run(first, { behaviour: well })
      const { entries } = yield* world.plan(second, { revisions })
      return new Map(entries.map(({ address, reason }) => [address, reason]))
    })

  it.effect("is that it was never made, where nothing of its stage was", () =>
    Effect.gen(function* () {
      const { entries } = yield* makeWorld().plan(sweep(1, [1]))
      assert.deepStrictEqual(entries[0]!.reason, { _tag: "NeverMade" })
      assert.deepStrictEqual(entries[1]!.reason, { _tag: "InputMayChange", inputs: ["draw"] })
    })
  )

  it.effect("is the parameter that changed at its address", () =>
    Effect.gen(function* () {
      const reasons = yield* changedFrom(sweep(1, [1]), sweep(2, [1]))
      assert.deepStrictEqual(reasons.get("draw"), {
        _tag: "Changed",
        changes: [{ path: "params.seed", from: 1, to: 2 }],
        files: []
      })
    })
  )

  it.effect("is the nearest cell and the difference to it, for a new cell of a sweep", () =>
    Effect.gen(function* () {
      const reasons = yield* changedFrom(sweep(1, [1, 2]), sweep(1, [1, 2, 3]))
      const reason = reasons.get("train@ratio=3")
      assert.isTrue(
        reason?._tag === "NeverMade" && reason.like !== undefined && /^train@ratio=[12]$/.test(reason.like.address)
      )
      assert.deepStrictEqual(reason?._tag === "NeverMade" ? reason.like?.changes.map(({ path }) => path) : [], [
        "params.ratio"
      ])
    })
  )

  it.effect("is the code, and the files that say something else", () =>
    Effect.gen(function* () {
      const reasons = yield* changedFrom(sweep(1, [1]), sweep(1, [1]), { train: "2" })
      const reason = reasons.get("train")
      assert.strictEqual(reason?._tag, "Changed")
      assert.deepStrictEqual(reason?._tag === "Changed" ? reason.files : [], ["stages/train.ts"])
      assert.deepStrictEqual(reason?._tag === "Changed" ? reason.changes.map(({ path }) => path) : [], [
        "code.identity"
      ])
    })
  )

  it.effect("does not exist for a stage that is pinned and whose code changed; a new version is one", () =>
    Effect.gen(function* () {
      const pinned = (version: string) => sweep(1, [1], { version })
      const same = yield* changedFrom(pinned("3"), pinned("3"), { train: "2" })
      assert.isUndefined(same.get("train"))
      const other = yield* changedFrom(pinned("3"), pinned("4"))
      assert.deepStrictEqual(other.get("train"), {
        _tag: "Changed",
        changes: [{ path: "code.identity", from: "3", to: "4" }],
        files: []
      })
    })
  )

  it.effect("is what changes numbers, and provenance, where a stage has them", () =>
    Effect.gen(function* () {
      const reasons = yield* changedFrom(sweep(1, [1]), sweep(1, [1], { device: true, provenance: true }))
      const reason = reasons.get("train")
      const paths = reason?._tag === "Changed" ? reason.changes.map(({ path }) => path) : []
      assert.deepStrictEqual(paths, ["env.device", "inputs.data"])
    })
  )

  it.effect("is what is missing, where the result is there and a file of it is not", () =>
    Effect.gen(function* () {
      const world = makeWorld()
      const nodes = sweep(1, [1])
      const { summary } = yield* world.run(nodes, { behaviour: well })
      world.files.delete(world.blobPath(summary.results.get(nodes[0]!.id)!.blobs[0]!.digest))
      const { entries } = yield* world.plan(nodes)
      assert.strictEqual(entries[0]!.reason?._tag, "OutputMissing")
      assert.strictEqual(entries[1]!.state, "may run")
    })
  )
})
