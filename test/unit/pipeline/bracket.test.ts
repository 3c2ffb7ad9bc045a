/** Where an outcome changes along an axis, and what to look at next. */
import { assert, describe, it } from "vitest"
import { brackets, refine } from "../../../src/pipeline/bracket.ts"
import { drawer } from "../../support/draw.ts"

const at = (...points: ReadonlyArray<readonly [number, string]>) => points.map(([x, outcome]) => ({ at: x, outcome }))

describe("brackets", () => {
  it("are between neighbours that differ, in order of the axis", () => {
    const found = brackets(at([3, "diverged"], [1, "fine"], [2, "fine"], [4, "fine"]))
    assert.deepStrictEqual(
      found.map(({ below, above }) => [below.at, above.at]),
      [
        [2, 3],
        [3, 4]
      ]
    )
  })

  it("are none where all is alike, or there is one point or none", () => {
    for (const points of [at(), at([1, "a"]), at([1, "a"], [2, "a"])]) assert.deepStrictEqual(brackets(points), [])
  })
})

describe("points to add", () => {
  it("halve a bracket, with a number as short as one near the middle", () => {
    assert.deepStrictEqual(refine(at([1, "a"], [2, "b"]), { tolerance: 0.1 }), [1.5])
    assert.deepStrictEqual(refine(at([0.9, "a"], [1, "b"]), { tolerance: 0.01 }), [0.95])
    assert.deepStrictEqual(refine(at([0, "a"], [0.3333, "b"]), { tolerance: 0.01 }), [0.17])
  })

  it("cut it into as many parts as asked for, by equal ratios on a geometric scale", () => {
    assert.deepStrictEqual(refine(at([0, "a"], [1, "b"]), { tolerance: 0.1, parts: 4 }), [0.25, 0.5, 0.75])
    assert.deepStrictEqual(refine(at([1, "a"], [16, "b"]), { tolerance: 0.1, scale: "geometric", parts: 4 }), [2, 4, 8])
  })

  it("are none where a bracket is narrow enough, rounding aside", () => {
    assert.deepStrictEqual(refine(at([1.001, "a"], [1.002, "b"]), { tolerance: 0.001 }), [])
    assert.deepStrictEqual(refine(at([100, "a"], [101, "b"]), { tolerance: 0.01, scale: "geometric" }), [])
    assert.deepStrictEqual(refine(at([1, "a"], [1 + Number.EPSILON, "b"]), { tolerance: 0 }), [])
  })

  it("close in on any change, by at least a third a round, inside the bracket", () => {
    for (let seed = 0; seed < 200; seed++) {
      const draw = drawer(seed)
      const scale = seed % 2 === 0 ? "linear" : "geometric"
      const [first, last] = [draw.number(0.01, 1), draw.number(2, 50)]
      const limit = draw.number(first, last)
      const outcomeAt = (x: number) => ({ at: x, outcome: x < limit ? "below" : "above" })
      let points = [first, last].map(outcomeAt)
      let width = last - first
      for (let round = 0; round < 12; round++) {
        const added = refine(points, { tolerance: 1e-9, scale })
        assert.lengthOf(added, 1, `seed ${seed}`)
        points = [...points, ...added.map(outcomeAt)]
        const [{ below, above }] = brackets(points) as [ReturnType<typeof brackets<string>>[number]]
        assert.isTrue(below.at < limit && limit <= above.at, `seed ${seed}`)
        if (scale === "linear") assert.isBelow(above.at - below.at, 0.67 * width, `seed ${seed}, round ${round}`)
        width = above.at - below.at
      }
      assert.isBelow(width, (last - first) / 100, `seed ${seed}`)
    }
  })
})
