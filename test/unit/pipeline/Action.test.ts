/** Keys, frozen; and the difference of two actions. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { type Action, differences, keyOf, keysOf } from "../../../src/pipeline/Action.ts"
import { sampleAction } from "../../fault/samples.ts"

const golden = JSON.parse(readFileSync(new URL("../../golden/keys.json", import.meta.url), "utf8")) as ReadonlyArray<{
  readonly name: string
  readonly key: string
  readonly action: Action
}>

describe("the key of an action", () => {
  for (const { name, key, action } of golden) {
    it(`is frozen: ${name} (another key makes every store useless, so a change must be meant)`, () => {
      assert.strictEqual(keyOf(action), key)
    })
  }

  it("does not depend on the order in which fields were written", () => {
    for (const { action } of golden) {
      const reversed = Object.fromEntries(Object.entries(action).reverse()) as unknown as Action
      const params = Object.fromEntries(Object.entries(action.params).reverse())
      assert.strictEqual(keyOf({ ...reversed, params }), keyOf(action))
    }
  })

  it("is the same where it is written for many actions of a stage at once", () => {
    for (const { action } of golden) {
      const { inputs, params, ...common } = action
      assert.strictEqual(keysOf(common)(inputs, params), keyOf(action))
    }
  })

  it("tells a list's order apart", () => {
    assert.notStrictEqual(
      keyOf(sampleAction({ inputs: { a: ["1", "2"] } })),
      keyOf(sampleAction({ inputs: { a: ["2", "1"] } }))
    )
  })
})

describe("the difference of two values", () => {
  it("is empty for equal ones, whatever the order of fields", () => {
    assert.deepStrictEqual(differences({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }), [])
  })

  it("names every field that differs, with both values, sorted by path", () => {
    const changes = differences(
      { b: { x: 1, gone: true }, a: [1, 2, 3], same: "s" },
      { b: { x: 2, new: null }, a: [1, 5], same: "s" }
    )
    assert.deepStrictEqual(changes, [
      { path: "a[1]", from: 2, to: 5 },
      { path: "a[2]", from: 3, to: undefined },
      { path: "b.gone", from: true, to: undefined },
      { path: "b.new", from: undefined, to: null },
      { path: "b.x", from: 1, to: 2 }
    ])
  })

  it("tells values of another kind apart at their own path", () => {
    const kinds = [null, 0, "0", false, [], {}, [0], { "0": 0 }] as const
    for (const from of kinds) {
      for (const to of kinds) {
        const expected = from === to ? [] : ["value"]
        const paths = differences({ value: from }, { value: to }).map(({ path }) => path.slice(0, 5))
        assert.deepStrictEqual([...new Set(paths)], expected, `${JSON.stringify(from)} → ${JSON.stringify(to)}`)
      }
    }
  })

  it("holds for fields that every object inherits", () => {
    assert.deepStrictEqual(differences({ constructor: 1 }, {}), [{ path: "constructor", from: 1, to: undefined }])
  })
})
