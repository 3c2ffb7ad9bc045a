/** Checkpoints: two generations, of which the newest whole one of the right kind is restored. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as checkpoints from "../../../src/executor/checkpoints.ts"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import * as Disk from "../../../src/pipeline/Disk.ts"
import type { StoreUnavailable } from "../../../src/pipeline/Errors.ts"
import { failingDisk, faults } from "../../fault/failingDisk.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const bytes = Artifact.file<Uint8Array>("bin", { encode: (value) => value, decode: (value) => new Uint8Array(value) })
const State = Artifact.make("State", { step: Schema.Int, loss: Schema.Number, again: bytes, theta: bytes })

const stateAt = (step: number) => ({
  step,
  loss: step === 0 ? Number.NaN : 1 / step,
  theta: Uint8Array.from({ length: 50 }, (_, i) => (i * step) % 256),
  again: Uint8Array.from({ length: step % 3 }, () => 7)
})

const KEY = "k".repeat(64)
const at = (root: string, key = KEY, family = key): checkpoints.Place => ({ root, key, family })
const newest = <S>(states: Effect.Effect<ReadonlyArray<S>, StoreUnavailable, Disk.Disk>) =>
  Effect.map(states, (all) => Option.fromUndefinedOr(all[0]))
const save = (root: string, step: number, key = KEY) => checkpoints.save(at(root, key), State, stateAt(step))
const restore = (root: string, key = KEY) => newest(checkpoints.restore(at(root, key), State))
const folder = (root: string): string => join(root, "ckpt", KEY)
const fileOf = (root: string, generation: number): string => join(folder(root), `${KEY}.${generation}`)
const files = (root: string): ReadonlyArray<string> => readdirSync(folder(root)).sort()

describe("a checkpoint", () => {
  it.effect("is not there before one was saved", () =>
    Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* restore(yield* temporaryFolder)))
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("comes back as it was saved, numbers that are none and empty parts too", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      for (const step of [0, 1, 5, 300]) {
        yield* save(root, step)
        assert.deepStrictEqual(Option.getOrThrow(yield* restore(root)), stateAt(step))
      }
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of several files gives each its own bytes, in whatever order they were declared", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const Pair = Artifact.make("Pair", { theta: bytes, gradient: bytes, b10: bytes, b9: bytes })
      const pair = {
        theta: Uint8Array.of(1, 2, 3),
        gradient: Uint8Array.of(4, 5, 6),
        b10: Uint8Array.of(7),
        b9: Uint8Array.of(8)
      }
      yield* checkpoints.save(at(root), Pair, pair)
      assert.deepStrictEqual(Option.getOrThrow(yield* newest(checkpoints.restore(at(root), Pair))), pair)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("keeps two generations and no more", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      for (let step = 1; step <= 12; step++) yield* save(root, step)
      assert.deepStrictEqual(files(root), [`${KEY}.11`, `${KEY}.12`])
      assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 12)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("of another key is another's", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* save(root, 1)
      yield* save(root, 2, "other")
      assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 1)
      assert.strictEqual(Option.getOrThrow(yield* restore(root, "other")).step, 2)
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("that was discarded is gone", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* save(root, 1)
      yield* checkpoints.discard(at(root), 0)
      yield* checkpoints.discard(at(root), 0)
      assert.isTrue(Option.isNone(yield* restore(root)))
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("a checkpoint that came to harm", () => {
  const saved = (change: (path: string, root: string) => Effect.Effect<void, unknown, Disk.Disk>) =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* save(root, 1)
      yield* save(root, 2)
      yield* change(fileOf(root, 2), root)
    }).pipe(Effect.provide(Disk.layer))

  it.effect("cut at any byte gives way to the one before", () =>
    saved((path, root) =>
      Effect.gen(function* () {
        const whole = readFileSync(path)
        for (let length = 0; length < whole.byteLength; length++) {
          writeFileSync(path, whole.subarray(0, length))
          assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 1, `at ${length} bytes`)
        }
      })
    )
  )

  it.effect("with any bit flipped gives way to the one before", () =>
    saved((path, root) =>
      Effect.gen(function* () {
        const whole = readFileSync(path)
        for (let at = 0; at < whole.byteLength; at++) {
          writeFileSync(path, whole.with(at, whole[at]! ^ 4))
          assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 1, `byte ${at}`)
        }
      })
    )
  )

  it.effect("in both generations counts for nothing, and the next one is saved beside them", () =>
    saved((path, root) =>
      Effect.gen(function* () {
        for (const file of [path, fileOf(root, 1)]) writeFileSync(file, "torn")
        assert.isTrue(Option.isNone(yield* restore(root)))
        yield* save(root, 3)
        assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 3)
      })
    )
  )

  it.effect("lies among files that are none without being disturbed", () =>
    saved((_, root) =>
      Effect.gen(function* () {
        for (const name of ["99.old", ".tmp.here.1.abc", "x"]) writeFileSync(join(folder(root), name), "?")
        assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 2)
      })
    )
  )
})

describe("a checkpoint of another kind", () => {
  const others: Readonly<Record<string, Artifact.Any>> = {
    "another name": Artifact.make("Other", State.fields),
    "another field": Artifact.make("State", { ...State.fields, more: Schema.Int }),
    "another type": Artifact.make("State", { ...State.fields, step: Schema.String })
  }
  for (const [what, other] of Object.entries(others)) {
    it.effect(`is ignored: ${what}`, () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        yield* save(root, 1)
        assert.isTrue(Option.isNone(yield* newest(checkpoints.restore(at(root), other))))
      }).pipe(Effect.provide(Disk.layer))
    )
  }

  it.effect("gives way to an older one of the right kind", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      yield* save(root, 1)
      yield* checkpoints.save(at(root), Artifact.make("Other", { x: Schema.Int }), { x: 1 })
      assert.strictEqual(Option.getOrThrow(yield* restore(root)).step, 1)
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("the states of a family", () => {
  const FAMILY = "f".repeat(64)
  const member = (root: string, key: string) => at(root, key.repeat(64), FAMILY)
  const put = (root: string, key: string, step: number) => checkpoints.save(member(root, key), State, stateAt(step))
  const stepsFor = (root: string, key: string) =>
    Effect.map(checkpoints.restore(member(root, key), State), (states) => states.map(({ step }) => step))

  it.effect("are there for all of its actions, an action's own first, one of each", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      for (const step of [1, 2, 3]) yield* put(root, "a", step)
      yield* put(root, "b", 40)
      assert.deepStrictEqual(yield* stepsFor(root, "a"), [3, 40])
      assert.deepStrictEqual(yield* stepsFor(root, "b"), [40, 3])
      assert.sameMembers([...(yield* stepsFor(root, "c"))], [3, 40])
    }).pipe(Effect.provide(Disk.layer))
  )

  it.effect("that an action leaves outlast it, and those on the way do not", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      for (const step of [1, 2]) yield* put(root, "a", step)
      yield* put(root, "b", 40)
      yield* checkpoints.discard(member(root, "a"), 1)
      assert.sameMembers([...(yield* stepsFor(root, "c"))], [2, 40])
      yield* checkpoints.discard(member(root, "a"), 0)
      assert.deepStrictEqual(yield* stepsFor(root, "c"), [40])
    }).pipe(Effect.provide(Disk.layer))
  )
})

describe("saving on a disk that fails at its n-th operation", () => {
  it.effect("never costs more than the newest state", () =>
    Effect.gen(function* () {
      const count = faults()
      const spare = yield* temporaryFolder
      yield* Effect.andThen(save(spare, 1), save(spare, 2)).pipe(Effect.provide(Disk.layer))
      yield* Effect.provide(save(spare, 3), failingDisk(count))
      for (let n = 1; n <= count.count; n++) {
        const root = yield* temporaryFolder
        yield* Effect.andThen(save(root, 1), save(root, 2)).pipe(Effect.provide(Disk.layer))
        const error = yield* Effect.flip(
          Effect.provide(save(root, 3), failingDisk(faults({ failFrom: n, torn: true })))
        )
        assert.strictEqual(error._tag, "StoreUnavailable")
        const { step } = Option.getOrThrow(yield* Effect.provide(restore(root), Disk.layer))
        assert.include([2, 3], step, `after operation ${n}`)
      }
    })
  )
})
