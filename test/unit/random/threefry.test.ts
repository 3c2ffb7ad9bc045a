/** The generator behind everything that is drawn, against the known answers of its authors. */
import { assert, describe, it } from "vitest"
import { threefry, type Words } from "../../../src/random/threefry.ts"

const hex = (words: Words): string => words.map((word) => word.toString(16).padStart(8, "0")).join(" ")

describe("threefry", () => {
  it("gives the known answers of Random123 for threefry4x32-20", () => {
    const ones = 0xffffffff
    assert.strictEqual(hex(threefry([0, 0, 0, 0], [0, 0, 0, 0])), "9c6ca96a e17eae66 fc10ecd4 5256a7d8")
    assert.strictEqual(
      hex(threefry([ones, ones, ones, ones], [ones, ones, ones, ones])),
      "2a881696 57012287 f6c7446e a16a6732"
    )
    assert.strictEqual(
      hex(threefry([0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344])),
      "59cd1dbb b8879579 86b5d00c ac8b6d84"
    )
  })
})
