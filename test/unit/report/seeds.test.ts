/** Several sweeps together: means and errors, units of the flow, and whether a rate in between is best for sure. */
import { assert, describe, it } from "vitest"
import { overSeedsCaption } from "../../../src/report/captions.ts"
import { ratioColumns } from "../../../src/report/columns.ts"
import { compare, flat, rowsOf, type Sweep } from "../../../src/report/seeds.ts"
import { clearlyPositive, spreadOf } from "../../../src/report/spread.ts"
import type { RunRow } from "../../../src/report/types.ts"
import { drawer } from "../../support/draw.ts"
import { networkFlow, networkRuns } from "./sample.ts"

const ratios = [0.5, 1, 1.5, 2] as const

/** A sweep with these test losses, one a ratio; `null` for a run that did not converge. */
const sweepOf = (losses: ReadonlyArray<number | null>, flow = networkFlow): Sweep => ({
  flow,
  rows: losses.map(
    (testLoss, i): RunRow => ({
      ...networkRuns[10]!,
      ratio: ratios[i]!,
      outcome: testLoss === null ? "Exhausted" : "Converged",
      testLoss,
      l1: flow.finalL1 * (1 + i / 10)
    })
  )
})

describe("a spread", () => {
  it("is the mean and its standard error", () => {
    assert.deepStrictEqual(spreadOf([]), null)
    assert.deepStrictEqual(spreadOf([3]), { mean: 3, error: null, count: 1 })
    assert.deepStrictEqual(spreadOf([1, 2, 3]), { mean: 2, error: Math.sqrt(1 / 3), count: 3 })
  })

  it("is clearly positive by Student's t", () => {
    for (const [count, quantile] of [
      [2, 12.706],
      [3, 4.303],
      [11, 2.228],
      [12, 2.201],
      [21, 2.086],
      [1001, 1.962]
    ] as const) {
      assert.isTrue(clearlyPositive({ mean: quantile + 0.002, error: 1, count }), `${count}`)
      assert.isFalse(clearlyPositive({ mean: quantile - 0.002, error: 1, count }), `${count}`)
    }
    assert.isFalse(clearlyPositive({ mean: 1, error: null, count: 1 }))
  })
})

describe("rows over sweeps", () => {
  it("have the mean over those that converged, and norms in units of each flow's", () => {
    const twice = { ...networkFlow, finalL1: 2 * networkFlow.finalL1 }
    const rows = rowsOf([sweepOf([1, 2, 3, null]), sweepOf([3, 2, 5, 4], twice)])
    assert.deepStrictEqual(
      rows.map(({ ratio, runs, converged }) => [ratio, runs, converged]),
      [
        [0.5, 2, 2],
        [1, 2, 2],
        [1.5, 2, 2],
        [2, 2, 1]
      ]
    )
    assert.deepStrictEqual(rows[0]!.testLoss, { mean: 2, error: 1, count: 2 })
    assert.closeTo(rows[2]!.l1!.mean, 1.2, 1e-12)
    assert.closeTo(rows[2]!.l1!.error!, 0, 1e-12)
    assert.deepStrictEqual(rows[3]!.testLoss, { mean: 4, error: null, count: 1 })
    assert.deepStrictEqual(Object.keys(flat(rows[0]!)).sort(), Object.keys(ratioColumns).sort())
    assert.deepInclude(flat(rows[3]!), { testLoss: 4, testLossError: null, converged: 1 })
  })

  it("have no norms in units of a flow that did not reach its threshold", () => {
    const [row] = rowsOf([sweepOf([1, 2, 3, 4], { ...networkFlow, outcome: "Exhausted" })])
    assert.isNull(row!.l1)
    assert.strictEqual(row!.testLoss!.mean, 1)
  })
})

describe("a rate in between", () => {
  const noisy = (level: ReadonlyArray<number>, noise: number, count: number, seed = 1): ReadonlyArray<Sweep> => {
    const draw = drawer(seed)
    return Array.from({ length: count }, () =>
      sweepOf(level.map((value) => value * Math.exp(noise * draw.numbers(1)[0]!)))
    )
  }

  it("is best for sure where it is for every sweep", () => {
    const found = compare(noisy([1, 0.5, 0.6, 1], 0.1, 8))!
    assert.strictEqual(found.place, "between")
    assert.closeTo(Math.exp(-found.overSmallest.mean), 0.5, 0.05)
    assert.deepStrictEqual(found.best, new Array(8).fill(1))
    assert.match(overSeedsCaption(found).caption, /test loss is \d+\.\d.%\slower/)
  })

  it("is not, where the least is at an end", () => {
    assert.strictEqual(compare(noisy([0.5, 0.6, 0.8, 1], 0.1, 8))!.place, "smallest")
    assert.strictEqual(compare(noisy([1, 0.8, 0.6, 0.5], 0.1, 8))!.place, "largest")
  })

  it("is seldom found among noise, though every sweep has a best rate somewhere", () => {
    let between = 0
    for (let seed = 0; seed < 200; seed++) if (compare(noisy([1, 1, 1, 1], 1, 5, seed))!.place === "between") between++
    assert.isAtMost(between, 8)
  })

  it("is looked for only where every sweep converged, and among three sweeps and three rates at least", () => {
    const found = compare([sweepOf([1, 0.5, 0.6, null]), sweepOf([1, 0.5, 0.6, 0.1]), sweepOf([1, 0.5, 0.6, 0.1])])!
    assert.deepStrictEqual([found.smallest, found.largest], [0.5, 1.5])
    assert.isUndefined(compare([sweepOf([1, 0.5, 1]), sweepOf([1, 0.5, 1])]))
    assert.isUndefined(compare(Array.from({ length: 5 }, () => sweepOf([1, 0.5, null, null]))))
    assert.include(overSeedsCaption(undefined).caption, "is not judged")
  })
})
