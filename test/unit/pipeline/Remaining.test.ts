/** What is left of a run: from history, and from the run itself. */
import { assert, describe, it } from "vitest"
import type { Estimate } from "../../../src/pipeline/Estimate.ts"
import type { Entry } from "../../../src/pipeline/Plan.ts"
import * as Remaining from "../../../src/pipeline/Remaining.ts"
import { codeOf, node } from "../../fault/world.ts"

const costs: Readonly<Record<string, number>> = { data: 10, train: 100 }
const estimate: Estimate = ({ node: { stage } }) => costs[stage]
const on = (jobs: number, megabytes = 1000) => ({ jobs, megabytes })
const data = node("data")
const trains = [1, 2, 3].map((rate) => node("train", { rate }, { data }))
const odd = [1, 2].map((rate) => node("odd", { rate }, { data }))

const entriesOf = (nodes: ReadonlyArray<ReturnType<typeof node>>): ReadonlyArray<Entry> =>
  nodes.map((one) => ({
    node: one,
    address: `${one.stage}${one.params["rate"] ?? ""}`,
    code: codeOf(one.stage, "1"),
    forced: false,
    state: "run",
    reason: undefined,
    key: undefined,
    result: undefined
  }))

const started = (address: string) =>
  ({ type: "action-started", address, key: "", reason: { _tag: "Forced" }, pid: 1 }) as const
const finished = (address: string, milliseconds: number, resumed = false) =>
  ({ type: "action-finished", address, key: "", milliseconds, resumed, output: "" }) as const

describe("what is left", () => {
  it("is all of it at the beginning, and nothing in the end", () => {
    const remaining = Remaining.make(entriesOf([data, ...trains]), estimate, on(2))
    assert.deepStrictEqual(remaining.at(0), { work: 310, finish: 155, unknown: 0 })
    for (const address of ["data", "train1", "train2", "train3"]) remaining.observe(finished(address, 1), 10)
    assert.deepStrictEqual(remaining.at(10), { work: 0, finish: 0, unknown: 0 })
  })

  it("shrinks while something runs, and never below the longest chain behind it", () => {
    const remaining = Remaining.make(entriesOf([data, ...trains]), estimate, on(8))
    remaining.observe(started("data"), 0)
    assert.strictEqual(remaining.at(4).finish, 106, "6 of data, then 100 of the trainings behind it")
    assert.strictEqual(remaining.at(50).finish, 100, "no more is made than it was thought to be")
  })

  it("counts as nothing what was cut off, failed or was skipped", () => {
    const remaining = Remaining.make(entriesOf([data, ...trains]), estimate, on(1))
    remaining.observe({ type: "action-cut-off", address: "data", key: "" }, 0)
    remaining.observe({ type: "action-failed", address: "train1", key: "", tag: "", message: "" }, 0)
    remaining.observe({ type: "action-skipped", address: "train2", because: "" }, 0)
    assert.deepStrictEqual(remaining.at(0), { work: 100, finish: 100, unknown: 0 })
  })

  it("learns of a stage without history from the first that ends, but not from one that was resumed", () => {
    const remaining = Remaining.make(entriesOf(odd), estimate, on(1))
    assert.deepStrictEqual(remaining.at(0), { work: 0, finish: 0, unknown: 2 })
    remaining.observe(started("odd1"), 0)
    remaining.observe(finished("odd1", 40), 40)
    assert.deepStrictEqual(remaining.at(40), { work: 40, finish: 40, unknown: 0 })
    const resumed = Remaining.make(entriesOf(odd), estimate, on(1))
    resumed.observe(finished("odd1", 40, true), 40)
    assert.strictEqual(resumed.at(40).unknown, 1)
  })

  it("learns that a stage takes longer than it did, from those that ended and from one that is late", () => {
    const remaining = Remaining.make(entriesOf([data, ...trains]), estimate, on(1))
    remaining.observe(finished("data", 10), 10)
    remaining.observe(started("train1"), 10)
    assert.strictEqual(remaining.at(60).work, 250, "half of it is made, as was thought")
    assert.strictEqual(remaining.at(310).work, 600, "it takes three times as long at least: so will the others")
    remaining.observe(finished("train1", 500), 510)
    assert.strictEqual(remaining.at(510).work, 1000, "five times")
    remaining.observe(started("train2"), 510)
    assert.deepStrictEqual(remaining.at(610), { work: 900, finish: 900, unknown: 0 })
  })

  it("counts no more cores than there are", () => {
    const wide = entriesOf(trains).map((entry) => ({
      ...entry,
      node: { ...entry.node, conduct: { ...entry.node.conduct, cores: 8 } }
    }))
    assert.strictEqual(Remaining.make(wide, estimate, on(4)).at(0).finish, 300)
  })

  it("lasts longer where memory is what actions wait for", () => {
    const large = entriesOf(trains).map((entry) => ({
      ...entry,
      node: { ...entry.node, conduct: { ...entry.node.conduct, megabytes: 500 } }
    }))
    assert.strictEqual(Remaining.make(large, estimate, on(3, 1500)).at(0).finish, 100)
    assert.strictEqual(Remaining.make(large, estimate, on(3, 1000)).at(0).finish, 150)
    assert.strictEqual(Remaining.make(large, estimate, on(3, 100)).at(0).finish, 300)
  })

  it("learns that a stage takes less than it did", () => {
    const remaining = Remaining.make(entriesOf(trains), estimate, on(2))
    remaining.observe(finished("train1", 10), 10)
    assert.deepStrictEqual(remaining.at(10), { work: 20, finish: 10, unknown: 0 })
  })

  it("does not care for events of others", () => {
    const remaining = Remaining.make(entriesOf([data]), estimate, on(1))
    remaining.observe(finished("elsewhere", 40), 40)
    remaining.observe({ type: "planned", total: 1, hit: 0, run: 1, mayRun: 0 }, 40)
    assert.strictEqual(remaining.at(40).work, 10)
  })
})
