/** Estimates: what took how long, which chain is the longest, and when all will be done. */
import { assert, describe, it } from "vitest"
import { criticalPaths, type Estimate, forecast } from "../../../src/pipeline/Estimate.ts"
import type { Entry } from "../../../src/pipeline/Plan.ts"
import { codeOf, node } from "../../fault/world.ts"

const costs: Readonly<Record<string, number>> = { data: 10, train: 100, measure: 5, report: 1 }
const estimate: Estimate = ({ node: { stage } }) => costs[stage]

const data = node("data")
const trains = [1, 2, 3].map((rate) => node("train", { rate }, { data }))
const measures = trains.map((path) => node("measure", {}, { path }))
const report = node("report", {}, { all: measures })
const lone = node("odd")
const all = [data, ...trains, ...measures, report, lone]

const entries = (isHit: (stage: string) => boolean = () => false): ReadonlyArray<Entry> =>
  all.map((one) => ({
    node: one,
    address: one.stage,
    code: codeOf(one.stage, "1"),
    forced: false,
    state: isHit(one.stage) ? "hit" : "run",
    reason: undefined,
    key: undefined,
    result: undefined
  }))

describe("the critical path", () => {
  it("is the time to the end of the longest chain behind a node, itself included", () => {
    const paths = criticalPaths(entries(), estimate)
    const at = (id: string) => paths.get(id)
    assert.deepStrictEqual(
      [data, trains[0]!, measures[0]!, report].map(({ id }) => at(id)),
      [116, 106, 6, 1]
    )
    assert.strictEqual(at(lone.id), 1, "what nothing is known of counts, so that it is told apart from nothing")
  })

  it("leaves out what is made already", () => {
    const paths = criticalPaths(
      entries((stage) => stage === "data"),
      estimate
    )
    assert.isFalse(paths.has(data.id))
  })
})

describe("a forecast", () => {
  it("plays the plan through with so many at a time", () => {
    assert.deepStrictEqual(forecast(entries(), estimate, 1), { work: 326, finish: 326, unknown: 1 })
    assert.strictEqual(forecast(entries(), estimate, 3).finish, 116)
    assert.isAtLeast(forecast(entries(), estimate, 2).finish, 216)
  })

  it("of a plan in which everything is made is nothing", () => {
    assert.deepStrictEqual(
      forecast(
        entries(() => true),
        estimate,
        2
      ),
      { work: 0, finish: 0, unknown: 0 }
    )
  })
})
