/** Objects that come back as they were written, or not at all. */
import { assert, describe, it } from "vitest"
import { decode, encode } from "../../../src/pipeline/checkedJson.ts"

const value = { run: "r1", made: { "train@η=0.1": "k".repeat(64) }, list: [1, null, "ü"], nested: { check: "mine" } }
const bytes = new TextEncoder().encode(encode(value))

describe("a checked object", () => {
  it("comes back as it was written, and is JSON for others", () => {
    assert.deepStrictEqual(decode(bytes), value)
    assert.deepStrictEqual(decode(encode(value)), value)
    const { check, ...rest } = JSON.parse(encode(value))
    assert.match(check, /^[0-9a-f]{8}$/)
    assert.deepStrictEqual(rest, value)
  })

  it("that is cut at any byte is none", () => {
    for (let at = 0; at < bytes.length; at++) assert.isUndefined(decode(bytes.subarray(0, at)), `at ${at}`)
  })

  it("of which any bit is flipped is none", () => {
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++)
        assert.isUndefined(decode(bytes.with(at, bytes[at]! ^ (1 << bit))), `bit ${bit} of byte ${at}`)
  })

  it("is none where there is none, or it is another's", () => {
    for (const foreign of [undefined, "", "null", "3", "[]", "{}", JSON.stringify(value)])
      assert.isUndefined(decode(foreign))
  })
})
