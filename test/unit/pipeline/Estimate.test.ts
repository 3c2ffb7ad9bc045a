/** Estimates: what took how long, which chain is the longest, and when all will be done. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Conduct from "../../../src/pipeline/Conduct.ts"
import { criticalPaths, type Estimate, forecast, fromHistory } from "../../../src/pipeline/Estimate.ts"
import type { Entry } from "../../../src/pipeline/Plan.ts"
import { Store } from "../../../src/pipeline/Store.ts"
import { codeOf, node } from "../../fault/world.ts"

const costs: Readonly<Record<string, number>> = { data: 10, train: 100, measure: 5, report: 1 }
const estimate: Estimate = ({ node: { stage } }) => costs[stage]
const on = (jobs: number, megabytes = 1000) => ({ jobs, megabytes })

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
    assert.deepStrictEqual(forecast(entries(), estimate, on(1)), { work: 326, finish: 326, unknown: 1 })
    assert.strictEqual(forecast(entries(), estimate, on(3)).finish, 116)
    assert.isAtLeast(forecast(entries(), estimate, on(2)).finish, 216)
  })

  it("lets nobody small past somebody large that waits for cores, as the runner does", () => {
    const wide = { ...node("train", { rate: 9 }), conduct: Conduct.make({ needs: { cores: 2 } }) }
    const of = (nodes: ReadonlyArray<typeof wide>) => nodes.map((one) => ({ ...entries()[0]!, node: one }))
    assert.strictEqual(forecast(of([wide, node("measure"), node("report")]), estimate, on(2)).finish, 105)
    assert.strictEqual(
      forecast(of([wide]), estimate, on(1)).finish,
      100,
      "one that needs more than there is gets all of it"
    )
  })

  it("lets as many go side by side as memory allows", () => {
    const large = [1, 2, 3, 4].map((rate) => ({
      ...node("train", { rate }),
      conduct: Conduct.make({ needs: { megabytes: 400 } })
    }))
    const plan = large.map((one) => ({ ...entries()[0]!, node: one }))
    assert.strictEqual(forecast(plan, estimate, on(4, 1600)).finish, 100)
    assert.strictEqual(forecast(plan, estimate, on(4, 1000)).finish, 200)
    assert.strictEqual(forecast(plan, estimate, on(4, 100)).finish, 400, "one that needs more than there is gets all")
  })

  it("of a hundred thousand is there at once", () => {
    const many = Array.from({ length: 100_000 }, (_, rate) => node("train", { rate }, { data }))
    const plan = [data, ...many].map((one) => ({ ...entries()[0]!, node: one }))
    const since = performance.now()
    assert.strictEqual(forecast(plan, estimate, on(8)).finish, 10 + 100 * (100_000 / 8))
    assert.isBelow(performance.now() - since, 5_000)
  })

  it("of a plan in which everything is made is nothing", () => {
    assert.deepStrictEqual(
      forecast(
        entries(() => true),
        estimate,
        on(2)
      ),
      { work: 0, finish: 0, unknown: 0 }
    )
  })
})

describe("an estimate from what was made", () => {
  const took: Readonly<Record<string, number>> = { k1: 10, k2: 30, k3: 50, k4: 7, k5: 9 }
  const resultOf = (key: string) => (key in took ? { milliseconds: took[key], resumed: key === "k5" } : undefined)
  const store = Layer.succeed(Store)({ snapshot: Effect.succeed(resultOf) } as unknown as Store["Service"])
  const history = new Map([
    ["train@rate=1", "k1"],
    ["train@rate=2", "k2"],
    ["train@rate=3", "k3"],
    ["train@rate=4", "gone"],
    ["measure", "k5"]
  ])
  const at = (address: string): Entry => {
    const stage = address.split("@")[0]!
    return { ...entries()[0]!, address, node: node(stage) }
  }

  it.effect("is of its address, else of its stage, else of its stage in other pipelines", () =>
    Effect.gen(function* () {
      const others = Effect.succeed(
        new Map([
          ["report", "k4"],
          ["train@rate=1", "k4"]
        ])
      )
      const found = yield* fromHistory(["train@rate=2", "report"].map(at), history, others)
      assert.deepStrictEqual(
        ["train@rate=2", "train@rate=9", "report", "odd"].map((address) => found(at(address))),
        [...[30, 30, 7], undefined]
      )
    }).pipe(Effect.provide(store))
  )

  it.effect("does not read what other pipelines made where its own history is enough", () =>
    Effect.gen(function* () {
      const found = yield* fromHistory([at("train@rate=9")], history, Effect.die("was read"))
      assert.strictEqual(found(at("train@rate=9")), 30)
    }).pipe(Effect.provide(store))
  )

  it.effect("is not of what was resumed", () =>
    Effect.gen(function* () {
      const found = yield* fromHistory([at("measure")], history, Effect.succeed(new Map()))
      assert.isUndefined(found(at("measure")))
    }).pipe(Effect.provide(store))
  )
})
