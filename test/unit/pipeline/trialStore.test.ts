/** A store on which something is tried: it answers as if that had been done, and the one below stays as it is. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Store from "../../../src/pipeline/Store.ts"
import { trialOf } from "../../../src/pipeline/trialStore.ts"
import { memoryDisk } from "../../fault/memoryDisk.ts"
import { publishMade, publishMadeAnew, sampleMade } from "../../fault/samples.ts"

describe("a store on trial", () => {
  it.effect("finds what is published and forgotten on it, and changes nothing below", () => {
    const disk = memoryDisk()
    const [made, other] = [sampleMade({ weights: "one" }), sampleMade({ weights: "two", at: 2000 })]
    return Effect.gen(function* () {
      const store = yield* Store.Store
      const trial = trialOf(store)
      const onTrial = Effect.provideService(Store.Store, trial)
      const { key } = made.result
      const before = new Set(disk.files.keys())
      assert.deepStrictEqual(yield* onTrial(publishMade(made)), made.result)
      assert.deepStrictEqual(yield* onTrial(publishMade(other)), made.result, "the first holds")
      assert.deepStrictEqual(yield* onTrial(publishMadeAnew(other)), other.result)
      assert.deepStrictEqual(yield* trial.find(key), { _tag: "Hit", result: other.result })
      assert.deepStrictEqual((yield* trial.snapshot)(key), other.result)
      assert.deepStrictEqual(Option.getOrThrow(yield* trial.action(key)), made.action)
      assert.deepStrictEqual(yield* trial.get(other.weights), other.blobs[0]!)
      yield* trial.forget(key)
      assert.strictEqual((yield* trial.find(key))._tag, "Miss")
      assert.deepStrictEqual(new Set(disk.files.keys()), before)
      yield* publishMade(made)
      assert.strictEqual((yield* trial.find(key))._tag, "Miss")
      assert.strictEqual((yield* trialOf(store).find(key))._tag, "Hit")
    }).pipe(Effect.provide(Store.layer("/store").pipe(Layer.provide(disk.layer))))
  })
})
