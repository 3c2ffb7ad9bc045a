/** Draws of whole numbers: their ranges, their frequencies, and that they are what they were. */
import { assert, describe, it } from "vitest"
import { indices, permutation, signs } from "../../../src/random/discrete.ts"
import { fromSeed, split } from "../../../src/random/Prng.ts"

const prng = fromSeed("discrete")

describe("discrete draws", () => {
  it("signs are −1 and 1, half each", () => {
    const drawn = signs(prng, 10_000)
    assert.isTrue(drawn.every((sign) => sign === 1 || sign === -1))
    assert.isBelow(Math.abs(drawn.reduce((sum, sign) => sum + sign, 0)), 300) // three standard deviations
    assert.deepStrictEqual(signs(prng, 7), drawn.slice(0, 7))
  })

  it("indices are uniform on 0 … below − 1", () => {
    const counts = new Int32Array(7)
    for (const index of indices(prng, 70_000, 7)) counts[index]!++
    assert.isTrue(counts.every((count) => Math.abs(count - 10_000) < 300))
    assert.deepStrictEqual([...indices(prng, 5, 1)], [0, 0, 0, 0, 0])
  })

  it("a permutation has every number once", () => {
    for (const count of [0, 1, 2, 17, 1000]) {
      const sorted = permutation(split(prng, `${count}`), count).toSorted()
      assert.isTrue(sorted.every((value, i) => value === i) && sorted.length === count)
    }
  })

  it("every permutation of three is as likely as any other", () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const key = permutation(split(prng, `three ${i}`), 3).join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    assert.strictEqual(counts.size, 6)
    for (const [order, count] of counts) assert.isBelow(Math.abs(count - 1000), 120, order)
  })

  it("the same seed gives these draws, on every machine", () => {
    assert.deepStrictEqual([...signs(fromSeed(0), 8)], [1, -1, -1, -1, 1, 1, 1, 1])
    assert.deepStrictEqual([...indices(fromSeed(0), 6, 100)], [66, 8, 41, 43, 52, 87])
    assert.deepStrictEqual([...permutation(fromSeed(0), 6)], [4, 0, 3, 1, 2, 5])
  })
})
