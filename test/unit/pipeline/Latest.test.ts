/** The links through which people find results: right, whole, and only redone where something changed. */
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Disk from "../../../src/pipeline/Disk.ts"
import * as Latest from "../../../src/pipeline/Latest.ts"
import * as Layout from "../../../src/pipeline/Layout.ts"
import type { Result } from "../../../src/pipeline/Result.ts"
import * as Store from "../../../src/pipeline/Store.ts"
import * as Trash from "../../../src/pipeline/Trash.ts"
import { yieldingDisk } from "../../fault/failingDisk.ts"
import { publishMade, sampleAction, sampleMade } from "../../fault/samples.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const inStore = <A, E>(body: (root: string) => Effect.Effect<A, E, Store.Store | Disk.Disk>) =>
  Effect.flatMap(temporaryFolder, (root) =>
    Effect.provide(body(root), Store.layer(root).pipe(Layer.provideMerge(Disk.layer)))
  )

const link = (targets: ReadonlyMap<string, Result>, all: ReadonlyArray<string> = [...targets.keys()]) =>
  Latest.link("p", all, targets)

const read = (root: string, ...path: ReadonlyArray<string>): string =>
  readFileSync(join(root, "latest", "p", ...path), "utf8")

describe("latest", () => {
  it.effect("holds the files and the value of every target, whether its manifest is inline or not", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const one = yield* publishMade(sampleMade({ weights: "one" }))
        const two = yield* publishMade(
          sampleMade({ weights: "two", large: true, action: sampleAction({ stage: "two" }) })
        )
        yield* link(
          new Map([
            ["first", one],
            ["second", two]
          ])
        )
        assert.strictEqual(read(root, "first", "weights.bin"), "one")
        assert.strictEqual(read(root, "second", "weights.bin"), "two")
        assert.deepStrictEqual(JSON.parse(read(root, "first", "value.json")), {
          losses: [1, 0.5, 0.25],
          note: "run one"
        })
      })
    )
  )

  it.effect("follows a target that came out different, and leaves no file of the old one", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const one = yield* publishMade(sampleMade({ weights: "one" }))
        yield* link(new Map([["target", one]]))
        const two = yield* publishMade(sampleMade({ weights: "two", action: sampleAction({ stage: "two" }) }))
        yield* link(new Map([["target", two]]))
        assert.strictEqual(read(root, "target", "weights.bin"), "two")
        assert.sameMembers(readdirSync(join(root, "latest", "p", "target")), ["value.json", "weights.bin"])
      })
    )
  )

  it.effect("does nothing where nothing changed, and comes back where it was removed", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const targets = new Map([["target", yield* publishMade(sampleMade())]])
        yield* link(targets)
        yield* link(targets)
        rmSync(join(root, "latest"), { recursive: true })
        yield* link(targets)
        assert.isTrue(existsSync(join(root, "latest", "p", "target", "weights.bin")))
      })
    )
  )

  for (const removed of ["target", "target/weights.bin", "target/value.json", ".links.json"]) {
    it.effect(`comes back where ${removed} was removed`, () =>
      inStore((root) =>
        Effect.gen(function* () {
          const targets = new Map([["target", yield* publishMade(sampleMade())]])
          yield* link(targets)
          const whole = readdirSync(join(root, "latest", "p"), { recursive: true, encoding: "utf8" })
          rmSync(join(root, "latest", "p", removed), { recursive: true })
          yield* link(targets)
          assert.sameMembers(readdirSync(join(root, "latest", "p"), { recursive: true, encoding: "utf8" }), whole)
        })
      )
    )
  }

  it.effect("is the object that is recorded, also where a damaged one was set aside and made again", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const made = sampleMade({ weights: "one" })
        const targets = new Map([["target", yield* publishMade(made)]])
        yield* link(targets)
        const path = Layout.objectPath(root, made.weights.digest)
        chmodSync(path, 0o644)
        writeFileSync(path, "two")
        assert.strictEqual(read(root, "target", "weights.bin"), "two", "a link to the damaged one")
        renameSync(path, join(root, "set aside"))
        yield* publishMade(made)
        yield* link(targets)
        assert.strictEqual(read(root, "target", "weights.bin"), "one")
      })
    )
  )

  it.effect(
    "does not touch files that are as they should be, nor look at those of targets that are not asked for",
    () =>
      inStore((root) =>
        Effect.gen(function* () {
          const made = yield* publishMade(sampleMade({ weights: "one" }))
          yield* link(new Map(["a", "b"].map((name) => [name, made] as const)))
          const times = () => ["a", "b"].map((name) => statSync(join(root, "latest", "p", name)).ctimeMs)
          const before = times()
          rmSync(join(root, "latest", "p", "b", "weights.bin"))
          const [, changed] = times()
          yield* link(new Map([["a", made]]), ["a", "b"])
          assert.deepStrictEqual(times(), [before[0]!, changed!])
        })
      )
  )

  it.effect("tells which targets it left as an earlier run had linked them", () =>
    inStore(() =>
      Effect.gen(function* () {
        const made = yield* publishMade(sampleMade({ weights: "one" }))
        assert.deepStrictEqual(yield* link(new Map([["a", made]]), ["a", "b", "c"]), [])
        assert.deepStrictEqual(yield* link(new Map([["b", made]]), ["a", "b", "c"]), ["a"])
        assert.deepStrictEqual(yield* link(new Map(), ["a", "b", "c"]), ["a", "b"])
      })
    )
  )

  it.effect("is made anew where the note of what was linked is foreign", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const targets = new Map([["target", yield* publishMade(sampleMade())]])
        for (const note of ["", "null", "{}", "[]", '{"target":"digest"}']) {
          yield* link(targets)
          rmSync(join(root, "latest", "p", "target"), { recursive: true })
          writeFileSync(join(root, "latest", "p", ".links.json"), note)
          yield* link(targets)
          assert.isTrue(existsSync(join(root, "latest", "p", "target", "weights.bin")), note)
        }
      })
    )
  )

  it.effect("keeps the links of targets that were not asked for, and drops those that are none any more", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const made = yield* publishMade(sampleMade({ weights: "one" }))
        yield* link(new Map(["a", "b", "c"].map((name) => [name, made] as const)))
        yield* link(new Map([["a", made]]), ["a", "b"])
        assert.deepStrictEqual(readdirSync(join(root, "latest", "p")).sort(), [".links.json", "a", "b"])
        rmSync(join(root, "latest", "p", "b"), { recursive: true })
        yield* link(new Map(["a", "b"].map((name) => [name, made] as const)))
        assert.strictEqual(read(root, "b", "weights.bin"), "one")
      })
    )
  )

  it.effect("brings back what a collection has just taken, and says what is gone for good (ArtifactMissing)", () =>
    inStore((root) =>
      Effect.gen(function* () {
        const made = sampleMade({ weights: "one" })
        const targets = new Map([["target", yield* publishMade(made)]])
        const path = Layout.objectPath(root, made.weights.digest)
        const taken = Trash.placeOf(root, join(root, "trash", "2026-01-31T12.30.05.123"), path)
        Disk.within(dirname(taken), () => renameSync(path, taken))
        yield* link(targets)
        assert.strictEqual(read(root, "target", "weights.bin"), "one")
        rmSync(join(root, "latest"), { recursive: true })
        rmSync(path)
        const error = yield* Effect.flip(link(targets))
        assert.strictEqual(error._tag, "ArtifactMissing")
      })
    )
  )

  it.effect("is linked by several at once without any of them failing", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* Effect.gen(function* () {
        const made = yield* publishMade(sampleMade({ weights: "one" }))
        for (let round = 0; round < 20; round++) {
          rmSync(join(root, "latest"), { recursive: true, force: true })
          yield* Effect.forEach([1, 2, 3], () => link(new Map(["a", "b"].map((name) => [name, made] as const))), {
            concurrency: "unbounded",
            discard: true
          })
          assert.strictEqual(read(root, "b", "weights.bin"), "one")
        }
      }).pipe(Effect.provide(Store.layer(root).pipe(Layer.provideMerge(yieldingDisk))), TestClock.withLive)
    })
  )
})
