/** What is drawn while a run goes on: every line fits, and what tells most is there however narrow the screen is. */
import { assert, describe, it } from "vitest"
import { type Cell, type Counts, draw } from "../../../src/cli/bars.ts"

const cell = (address: string, rest: Partial<Cell> = {}): Cell => ({
  address,
  since: 0,
  report: { fraction: 0.5, steps: 5000, numbers: { loss: 0.25, sharpness: 12.5 } },
  first: { steps: 0, at: 0 },
  ...rest
})
const counts: Counts = { total: 12, done: 3, failed: 0, skipped: 0 }
const lines = (cells: ReadonlyArray<Cell>, width: number, height = 24, now = 10_000): ReadonlyArray<string> =>
  draw(cells, counts, { now, since: 0, width, height })

const long = cell("descend@kind=mnist,ratio=1.2,seed=3")
const short = cell("flow", { report: {}, first: undefined, since: 7700 })

describe("a line of a running cell", () => {
  it("has bar, address, elapsed time, numbers and rate, each below those of the line before", () => {
    assert.deepStrictEqual(lines([long, short], 119).slice(0, 2), [
      `${"█".repeat(10)}${"░".repeat(10)} descend@kind=mnist,ratio=1.2,seed=3  10.0 s  loss 0.2500  sharpness 12.50  500 steps/s`,
      `${"·".repeat(20)} flow                                 2.3 s`
    ])
  })

  it("cuts its address in the middle before it drops a number", () => {
    assert.strictEqual(
      lines([long], 79)[0],
      `${"█".repeat(5)}${"░".repeat(5)} descend@…2,seed=3  10.0 s  loss 0.2500  sharpness 12.50  500 steps/s`
    )
  })

  it("is never wider than the screen", () => {
    for (let width = 1; width < 130; width++)
      assert.isTrue(lines([long, short], width).every((line) => line.length <= width))
  })

  it("has a bar of one width, from empty to full, and dots where a fraction is none", () => {
    const bars = [0, 0.25, 1, 7, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined].map((fraction) => {
      const report = fraction === undefined ? {} : { fraction }
      return lines([cell("a", { report })], 79)[0]!.split(" ")[0]
    })
    const dots = "·".repeat(10)
    const [none, some, all] = ["░".repeat(10), `███${"░".repeat(7)}`, "█".repeat(10)]
    assert.deepStrictEqual(bars, [none, some, all, all, none, dots, dots, dots])
  })

  it("takes its rate from the first report on, since a training that was resumed does not begin at zero", () => {
    const resumed = cell("a", { report: { steps: 1010 }, first: { steps: 1000, at: 5000 } })
    assert.include(lines([resumed], 79)[0], "2 steps/s")
    assert.notInclude(lines([resumed], 79, 24, 5000)[0], "steps/s")
    assert.include(
      lines([cell("a", { report: { steps: 1001 }, first: { steps: 1000, at: 6000 } })], 79)[0],
      "0.2500 steps/s"
    )
  })

  it("shows what a stage reports, whatever that is", () => {
    const report = JSON.parse('{ "fraction": null, "steps": "many", "numbers": { "loss": null, "rate": "fast" } }')
    assert.include(lines([cell("a", { report })], 79)[0], "loss ?  rate ?")
  })
})

describe("the last line", () => {
  it("counts what is done, failed, skipped, running and to go, and the time", () => {
    const all = { total: 12, done: 3, failed: 2, skipped: 1 }
    const drawn = draw([long], all, { now: 72_000, since: 0, width: 79, height: 24 })
    assert.strictEqual(drawn.at(-1), "3 of 12 done, 2 failed, 1 skipped, 1 running, 5 to go  1 min 12 s")
    assert.deepStrictEqual(lines([], 79), ["3 of 12 done, 9 to go  10.0 s"])
  })

  it("is there however many cells there are, and the region no higher than the screen", () => {
    const many = Array.from({ length: 30 }, (_, i) => cell(`a@i=${i}`))
    for (const height of [0, 1, 2, 10]) {
      const drawn = lines(many, 79, height)
      assert.strictEqual(drawn.length, Math.max(1, height))
      assert.include(drawn.at(-1), "30 running")
    }
  })
})
