/** What an address that somebody typed means in a plan, and what is said where it means nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { entriesAt } from "../../../src/cli/addressed.ts"
import type { Plan } from "../../../src/pipeline/Plan.ts"

const addresses = ["load", "train@ratio=1,seed=1", "train@ratio=1,seed=2", "train@ratio=2,seed=1"]
const plan = {
  blueprint: { pipeline: "sweep", targets: { table: "3" } },
  entries: addresses.map((address, i) => ({ address, node: { id: String(i), stage: address.split("@")[0] } }))
} as unknown as Plan

const found = (address: string) =>
  Effect.map(entriesAt(plan, address), (entries) => entries.map((entry) => entry.address))

describe("an address in a plan", () => {
  it.effect("is a stage, a node with its values in any order, a pattern, or a target", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* found("train"), addresses.slice(1))
      assert.deepStrictEqual(yield* found("train@seed=2,ratio=1"), ["train@ratio=1,seed=2"])
      assert.deepStrictEqual(yield* found("train@seed=1,*"), ["train@ratio=1,seed=1", "train@ratio=2,seed=1"])
      assert.deepStrictEqual(yield* found("table"), ["train@ratio=2,seed=1"])
    })
  )

  it.effect("that is a part of others is refused with the pattern of them, another with what is near", () =>
    Effect.gen(function* () {
      const part = yield* Effect.flip(found("train@seed=1"))
      assert.include(part.message, "Did you mean train@seed=1,*?")
      const wrong = yield* Effect.flip(found("train@seed=3"))
      assert.deepStrictEqual([wrong._tag, wrong.near.includes("train")], ["UnknownAddress", true])
    })
  )
})
