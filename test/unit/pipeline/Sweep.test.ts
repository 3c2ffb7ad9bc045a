/** The points of sweeps. */
import { assert, describe, it } from "vitest"
import { canonical } from "../../../src/pipeline/canonical.ts"
import * as Sweep from "../../../src/pipeline/Sweep.ts"

describe("a grid", () => {
  it("holds every combination, the last name varying fastest", () => {
    assert.deepStrictEqual(Sweep.grid({ seed: [0, 1], ratio: [0.5, 1, 2] }), [
      { seed: 0, ratio: 0.5 },
      { seed: 0, ratio: 1 },
      { seed: 0, ratio: 2 },
      { seed: 1, ratio: 0.5 },
      { seed: 1, ratio: 1 },
      { seed: 1, ratio: 2 }
    ])
  })

  it("over nothing is one cell, and over an empty axis none", () => {
    assert.deepStrictEqual(Sweep.grid({}), [{}])
    assert.deepStrictEqual(Sweep.grid({ seed: [], ratio: [1] }), [])
  })
})

describe("points between two ends", () => {
  it("at equal ratios hit both ends, rounded to four digits", () => {
    const points = Sweep.geometric(0.05, 2, 24)
    assert.strictEqual(points.length, 24)
    assert.strictEqual(points[0], 0.05)
    assert.strictEqual(points[23], 2)
    assert.deepStrictEqual(Sweep.geometric(1, 16, 5), [1, 2, 4, 8, 16])
    for (const point of points) assert.strictEqual(point, Number(point.toPrecision(4)))
    assert.isTrue(points.every((point, i) => i === 0 || point > points[i - 1]!))
  })

  it("at equal distances hit both ends, downwards and through zero too", () => {
    assert.deepStrictEqual(Sweep.linear(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
    assert.deepStrictEqual(Sweep.linear(1, -1, 5), [1, 0.5, 0, -0.5, -1])
  })

  it("are the first end where one is asked for, and none where none is", () => {
    for (const points of [Sweep.geometric, Sweep.linear]) {
      assert.deepStrictEqual(points(3, 5, 1), [3])
      assert.deepStrictEqual(points(3, 5, 0), [])
    }
  })

  it("can all be held by a key", () => {
    const all = [
      ...Sweep.linear(1, -1, 21),
      ...Sweep.linear(-1, 1, 21),
      ...Sweep.geometric(-2, -0.1, 7),
      ...Sweep.range(3)
    ]
    assert.doesNotThrow(() => canonical(all))
  })
})

describe("a range", () => {
  it("counts from zero", () => assert.deepStrictEqual(Sweep.range(4), [0, 1, 2, 3]))
})
