/** The points and cells of sweeps: what they are, how they grow, and what there cannot be. */
import { assert, describe, it } from "vitest"
import { canonical } from "../../../src/pipeline/canonical.ts"
import { SweepInvalid } from "../../../src/pipeline/Errors.ts"
import * as Sweep from "../../../src/pipeline/Sweep.ts"

const refused = (run: () => unknown): SweepInvalid => {
  try {
    run()
  } catch (cause) {
    assert.instanceOf(cause, SweepInvalid)
    return cause
  }
  return assert.fail("nothing was refused")
}

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

  it("over nothing is one cell", () => assert.deepStrictEqual(Sweep.grid({}), [{}]))

  it("takes values of any kind that a key can hold, and gives them their types", () => {
    const cells = Sweep.grid({ shape: [{ widths: [8] }, { widths: [8, 4] }], kind: ["a", "b"] })
    const widths: ReadonlyArray<number> = cells[0]!.shape.widths
    const kind: "a" | "b" = cells[0]!.kind
    assert.deepStrictEqual([cells.length, widths, kind], [4, [8], "a"])
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
    assert.deepStrictEqual(Sweep.linear(0, 1, 4), [0, 0.3333, 0.6667, 1])
    assert.deepStrictEqual(Sweep.linear(100, 101, 4), [100, 100.3333, 100.6667, 101])
    assert.deepStrictEqual(Sweep.linear(0, 1e6, 4), [0, 333300, 666700, 1e6])
  })

  it("keep the ends as they are given, to the digit", () => {
    assert.deepStrictEqual(Sweep.linear(0.123456, 7.654321, 2), [0.123456, 7.654321])
    assert.deepStrictEqual(Sweep.geometric(0.123456, 7.654321, 2), [0.123456, 7.654321])
  })

  it("are the first end where one is asked for", () => {
    for (const points of [Sweep.geometric, Sweep.linear]) assert.deepStrictEqual(points(3, 5, 1), [3])
  })

  it("by steps end where the last step does, without dust behind the twelfth digit", () => {
    assert.deepStrictEqual(Sweep.steps(0.1, 0.5, 0.1), [0.1, 0.2, 0.3, 0.4, 0.5])
    assert.deepStrictEqual(Sweep.steps(1, 2, 0.4), [1, 1.4, 1.8])
    assert.deepStrictEqual(Sweep.steps(2, -1, -1), [2, 1, 0, -1])
    assert.deepStrictEqual(Sweep.steps(2, 2, 1), [2])
  })

  it("can all be held by a key", () => {
    const all = [
      ...Sweep.linear(1, -1, 21),
      ...Sweep.linear(-1, 1, 21),
      ...Sweep.geometric(-2, -0.1, 7),
      ...Sweep.steps(-0.3, 0.3, 0.1),
      ...Sweep.range(3)
    ]
    assert.doesNotThrow(() => canonical(all))
  })
})

describe("a range", () => {
  it("counts from zero", () => assert.deepStrictEqual(Sweep.range(4), [0, 1, 2, 3]))
})

describe("zipped axes", () => {
  it("give the first values, then the second ones; a value may come twice", () => {
    assert.deepStrictEqual(Sweep.zip({ width: [8, 8, 16], rate: [1, 0.5, 0.5] }), [
      { width: 8, rate: 1 },
      { width: 8, rate: 0.5 },
      { width: 16, rate: 0.5 }
    ])
  })

  it("cross with a grid", () => {
    const cells = Sweep.cross(Sweep.zip({ width: [8, 16], rate: [1, 0.5] }), Sweep.grid({ seed: [0, 1, 2] }))
    assert.strictEqual(cells.length, 6)
    assert.deepStrictEqual(cells[1], { width: 8, rate: 1, seed: 1 })
  })
})

describe("a union", () => {
  it("holds each cell once, where it first comes, whatever the order of its names", () => {
    const fine = [
      { ratio: 1.5, seed: 0 },
      { seed: 0, ratio: 1 }
    ]
    assert.deepStrictEqual(Sweep.union(Sweep.grid({ seed: [0], ratio: [1, 2] }), fine), [
      { seed: 0, ratio: 1 },
      { seed: 0, ratio: 2 },
      { ratio: 1.5, seed: 0 }
    ])
  })
})

describe("a condition", () => {
  it("keeps the cells that meet it", () => {
    const cells = Sweep.where(Sweep.grid({ a: [1, 2, 3], b: [1, 2, 3] }), ({ a, b }) => a > b)
    assert.deepStrictEqual(
      cells.map(({ a, b }) => [a, b]),
      [
        [2, 1],
        [3, 1],
        [3, 2]
      ]
    )
  })
})

describe("points that chance chooses", () => {
  const drawn = { count: 200, seed: 7 }

  it("are the same on every machine", () => {
    assert.deepStrictEqual(Sweep.draw(Sweep.between(0, 1), { count: 4, seed: 1 }), [0.7979, 0.0804, 0.1605, 0.9675])
  })

  it("lie in the interval and fill it evenly, on the scale that was asked for", () => {
    const evenly = (fractions: ReadonlyArray<number>): void => {
      const quarters = [0, 0, 0, 0]
      for (const fraction of fractions) quarters[Math.floor(fraction * 4)]!++
      for (const amount of quarters) assert.isTrue(amount > 30 && amount < 70, `seed 7: ${quarters}`)
    }
    evenly(Sweep.draw(Sweep.between(-1, 3), drawn).map((value) => (value + 1) / 4.0001))
    evenly(Sweep.draw(Sweep.between(0.001, 10, "geometric"), drawn).map((value) => Math.log10(value / 0.001) / 4.0001))
    evenly(Sweep.draw(Sweep.between(0, 999, "whole"), drawn).map((value) => value / 1000))
  })

  it("of whole numbers reach both ends, and can be all that there are", () => {
    const points = Sweep.draw(Sweep.between(3, 12, "whole"), { count: 10, seed: 0 })
    assert.deepStrictEqual(
      [...points].sort((a, b) => a - b),
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    )
  })

  it("of several axes do not depend on each other", () => {
    const cells = Sweep.random({ a: Sweep.between(0, 1), b: Sweep.between(0, 1) }, drawn)
    const mean = cells.reduce((sum, { a, b }) => sum + (a - 0.5) * (b - 0.5), 0) / cells.length
    assert.isBelow(Math.abs(mean), 0.02, "seed 7")
    const alone = Sweep.random({ a: Sweep.between(0, 1) }, drawn)
    assert.deepStrictEqual(
      alone.map(({ a }) => a),
      cells.map(({ a }) => a)
    )
  })

  it("of a grid are some of its cells, each once, and all where there are no more", () => {
    const cells = Sweep.grid({ a: [1, 2, 3], b: [1, 2, 3] })
    const some = Sweep.sample(cells, { count: 4, seed: 0 })
    assert.strictEqual(new Set(some).size, 4)
    assert.includeMembers([...cells], [...some])
    assert.sameMembers([...Sweep.sample(cells, { count: 99, seed: 0 })], [...cells])
    assert.notDeepEqual(Sweep.sample(cells, { count: 4, seed: 1 }), some)
  })
})

describe("a Latin hypercube", () => {
  for (const count of [1, 2, 5, 6, 16, 24, 100]) {
    it(`of ${count} cells has one in each slice of each axis`, () => {
      const axes = { a: Sweep.between(0.1, 9, "geometric"), b: Sweep.between(-1, 1) }
      const cells = Sweep.latinHypercube(axes, { count, seed: 3 })
      const slices = (fractions: ReadonlyArray<number>) =>
        fractions.map((fraction) => Math.floor(fraction * count)).sort((x, y) => x - y)
      assert.deepStrictEqual(slices(cells.map(({ a }) => Math.log(a / 0.1) / Math.log(9 / 0.1))), Sweep.range(count))
      assert.deepStrictEqual(slices(cells.map(({ b }) => (b + 1) / 2)), Sweep.range(count))
    })
  }
})

describe("there is no sweep", () => {
  const unit = Sweep.between(0, 1)
  const cases: ReadonlyArray<readonly [string, () => unknown, string]> = [
    ["over an empty axis", () => Sweep.grid({ seed: [], ratio: [1] }), 'axis "seed": expected at least one value'],
    ["over NaN", () => Sweep.grid({ ratio: [1, Number.NaN] }), "got NaN"],
    ["over an infinite value", () => Sweep.grid({ ratio: [Number.POSITIVE_INFINITY] }), "got Infinity"],
    ["over a value twice", () => Sweep.grid({ ratio: [1, 2, 1] }), "expected every value once, got 1 twice"],
    [
      "over an equal object twice",
      () =>
        Sweep.grid({
          shape: [
            { a: 1, b: 2 },
            { b: 2, a: 1 }
          ]
        }),
      "twice"
    ],
    ["over a function", () => Sweep.grid({ f: [() => 1] }), "values that a key can hold"],
    ["of a count of 0", () => Sweep.range(0), "range(0): expected a count from 1"],
    ["of half a point", () => Sweep.linear(0, 1, 2.5), "linear(0, 1, 2.5): expected a count"],
    ["from NaN", () => Sweep.linear(Number.NaN, 1, 3), "finite numbers, got NaN"],
    ["to infinity", () => Sweep.geometric(1, Number.POSITIVE_INFINITY, 3), "finite numbers, got Infinity"],
    ["of many points between equal ends", () => Sweep.linear(1, 1, 3), "two ends that differ"],
    ["of points closer than four digits", () => Sweep.geometric(1, 1.001, 40), "twice. Ask for fewer points"],
    ["at ratios from 0", () => Sweep.geometric(0, 1, 3), "two ends that are not 0, of one sign, got 0 and 1"],
    ["at ratios from below 0 to above", () => Sweep.geometric(-1, 1, 3), "of one sign"],
    ["by a step of 0", () => Sweep.steps(0, 1, 0), "steps(0, 1, 0): expected a step above 0, got 0"],
    ["by a step away from the end", () => Sweep.steps(0, 1, -1), "a step above 0, got -1"],
    ["upwards by a step", () => Sweep.steps(1, 0, 1), "a step below 0, got 1"],
    ["by a step of NaN", () => Sweep.steps(0, 1, Number.NaN), "got NaN"],
    ["by a step that is far too small", () => Sweep.steps(0, 1, 1e-9), "a count from 1 to 1000000"],
    [
      "of axes of unequal lengths",
      () => Sweep.zip({ a: [1, 2], b: [1] }),
      "zip(a, b): expected as many values of each axis, got 2 of a, 1 of b"
    ],
    ["of no axis, zipped", () => Sweep.zip({}), "got no axis"],
    ["of a zipped cell twice", () => Sweep.zip({ a: [1, 1], b: [2, 2] }), "twice"],
    [
      "of one axis twice",
      () => Sweep.cross([{ a: 1 }], [{ a: 2 }]),
      "cross: expected sweeps of different axes, got a in both"
    ],
    ["where no cell is left", () => Sweep.where([1, 2], () => false), "got none of 2"],
    ["between ends the wrong way round", () => Sweep.between(1, 0), "a last end above the first"],
    ["between NaN and 1", () => Sweep.between(Number.NaN, 1), "got NaN"],
    ["on a geometric scale from 0", () => Sweep.between(0, 1, "geometric"), "ends above 0"],
    ["of whole numbers from a half", () => Sweep.between(0.5, 2, "whole"), "two whole numbers"],
    ["with half a seed", () => Sweep.draw(unit, { count: 3, seed: 0.5 }), "a seed that is a whole number, got 0.5"],
    [
      "of more whole numbers than there are",
      () => Sweep.draw(Sweep.between(1, 3, "whole"), { count: 4, seed: 0 }),
      "expected 4 different values"
    ],
    ["of no axis, by chance", () => Sweep.random({}, { count: 3, seed: 0 }), "at least one axis"],
    ["of no cell of a hypercube", () => Sweep.latinHypercube({ unit }, { count: 0, seed: 0 }), "a count from 1"],
    [
      "of whole numbers in a hypercube",
      () => Sweep.latinHypercube({ a: Sweep.between(1, 3, "whole") }, { count: 2, seed: 0 }),
      "Round the values of the cells"
    ],
    ["of no cell of a sample", () => Sweep.sample([1], { count: 0, seed: 0 }), "a count of 1 or more"]
  ]
  for (const [what, make, words] of cases) {
    it(what, () => assert.include(refused(make).message, words))
  }
})
