/** Addresses: short, one for every node, and the same whenever the pipeline is read. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import { matches, upstream } from "../../../src/pipeline/Address.ts"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import type { Blueprint } from "../../../src/pipeline/Blueprint.ts"
import * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import * as Stage from "../../../src/pipeline/Stage.ts"
import * as Sweep from "../../../src/pipeline/Sweep.ts"

const Value = Artifact.make("Value", { value: Schema.Finite })
const value = () => Effect.succeed({ value: 1 })
const Shape = Schema.Struct({ kind: Schema.String, widths: Schema.Array(Schema.Int) })

const load = Stage.make("load", { takes: { source: Schema.String }, makes: Value, run: value })
const build = Stage.make("build", { takes: { data: Value, shape: Shape }, makes: Value, run: value })
const train = Stage.make("train", {
  takes: { model: Value, ratio: Schema.Finite, seed: Schema.Int },
  makes: Value,
  run: value
})
const measure = Stage.make("measure", { takes: { path: Value }, makes: Value, run: value })
const compare = Stage.make("compare", { takes: { left: Value, right: Value }, makes: Value, run: value })
const table = Stage.make("table", { takes: { runs: Artifact.many(Value) }, makes: Value, run: value })

const of = (build: () => Pipeline.Targets): Blueprint =>
  Pipeline.make("test", { params: {}, defaults: {}, build }).blueprint({})
const named = (blueprint: Blueprint): ReadonlyArray<string> => Object.values(blueprint.addresses).sort()

const shape = { kind: "mlp", widths: [8, 8] }
const sweep = (ratios: ReadonlyArray<number>, seeds: ReadonlyArray<number>): Blueprint =>
  of(() => {
    const model = build({ data: load({ source: "toy" }), shape })
    const cells = Sweep.grid({ ratio: ratios, seed: seeds })
    return { all: table({ runs: cells.map((cell) => measure({ path: train({ model, ...cell }) })) }) }
  })

describe("addresses", () => {
  it("are the stage alone where there is one of it", () => {
    assert.deepStrictEqual(named(of(() => ({ one: load({ source: "toy" }) }))), ["load"])
  })

  it("name the values that vary, those of the inputs too, and no others", () => {
    assert.deepStrictEqual(named(sweep([0.5, 1.2], [3])), [
      "build",
      "load",
      "measure@ratio=0.5",
      "measure@ratio=1.2",
      "table",
      "train@ratio=0.5",
      "train@ratio=1.2"
    ])
    assert.include(named(sweep([0.5, 1.2], [3, 4])), "measure@ratio=1.2,seed=4")
  })

  it("name no second value where the first tells all apart", () => {
    const runs = of(() => {
      const model = build({ data: load({ source: "toy" }), shape })
      return { all: table({ runs: [1, 2, 3].map((seed) => train({ model, ratio: seed / 10, seed })) }) }
    })
    assert.deepStrictEqual(named(runs).slice(-3), ["train@ratio=0.1", "train@ratio=0.2", "train@ratio=0.3"])
  })

  it("shorten nested names, and write lists with ×", () => {
    const built = of(() => {
      const data = load({ source: "toy" })
      const models = [[8], [8, 4]].map((widths) => build({ data, shape: { kind: "mlp", widths } }))
      return { all: table({ runs: models }) }
    })
    assert.deepStrictEqual(named(built).slice(0, 2), ["build@widths=8", "build@widths=8×4"])
  })

  it("fall back on digits of the id where no value tells nodes apart", () => {
    const compared = of(() => {
      const model = build({ data: load({ source: "toy" }), shape })
      const [a, b, c] = [1, 2, 3].map((seed) => train({ model, ratio: 1, seed }))
      return { ab: compare({ left: a!, right: c! }), bc: compare({ left: b!, right: c! }) }
    })
    const found = named(compared).filter((address) => address.startsWith("compare"))
    assert.strictEqual(new Set(found).size, 2)
    for (const address of found) assert.match(address, /^compare@.*#[0-9a-f]{8}$/)
  })

  it("are one for every node of a large grid", () => {
    const blueprint = sweep(Sweep.geometric(0.05, 2, 12), Sweep.range(6))
    const found = named(blueprint)
    assert.strictEqual(new Set(found).size, blueprint.nodes.length)
    assert.strictEqual(blueprint.nodes.length, 3 + 2 * 72)
    assert.isFalse(found.some((address) => address.includes("#")))
  })

  it("are the same whenever the pipeline is read, and in whatever order it names its targets", () => {
    assert.deepStrictEqual(sweep([0.5, 1.2], [3, 4]).addresses, sweep([0.5, 1.2], [3, 4]).addresses)
    const [first, second] = [load({ source: "a" }), load({ source: "b" })]
    const forward = of(() => ({ first, second })).addresses
    const backward = of(() => ({ second, first })).addresses
    assert.deepStrictEqual(backward, forward)
  })

  it("of cells that stay do not change when a sweep grows", () => {
    const before = named(sweep([0.5, 1.2], [3]))
    const after = named(sweep([0.5, 1.2, 2], [3]))
    assert.deepStrictEqual(
      after.filter((address) => !before.includes(address)),
      ["measure@ratio=2", "train@ratio=2"]
    )
  })

  it("keep an upstream value that a stage has a value of the same name beside", () => {
    const seeded = Stage.make("seeded", { takes: { data: Value, seed: Schema.Int }, makes: Value, run: value })
    const drawn = Stage.make("drawn", { takes: { seed: Schema.Int }, makes: Value, run: value })
    const blueprint = of(() => {
      const cells = Sweep.grid({ data: [1, 2], start: [1, 2] })
      return {
        all: table({ runs: cells.map(({ data, start }) => seeded({ data: drawn({ seed: data }), seed: start })) })
      }
    })
    const found = named(blueprint).filter((address) => address.startsWith("seeded"))
    assert.deepStrictEqual(found, [
      "seeded@drawn.seed=1,seed=1",
      "seeded@drawn.seed=1,seed=2",
      "seeded@drawn.seed=2,seed=1",
      "seeded@drawn.seed=2,seed=2"
    ])
  })
})

describe("a pattern", () => {
  const cases: ReadonlyArray<readonly [string, string, boolean]> = [
    ["train", "train", true],
    ["train", "train@ratio=1.2", true],
    ["train", "trainer", false],
    ["train@ratio=1.2", "train@ratio=1.2,seed=3", false],
    ["train@ratio=1.2*", "train@ratio=1.2,seed=3", true],
    ["train@*seed=3", "train@ratio=1.2,seed=3", true],
    ["*", "anything@a=1", true],
    ["*@ratio=1.2*", "trainXratio=1.2", false],
    ["train@ratio=1.2*", "train@ratio=1x2", false],
    ["t*n", "train@ratio=1", false],
    ["train@(a|b)*", "train@a", false],
    ["train@seed=3,ratio=1.2", "train@ratio=1.2,seed=3", true],
    ["train@seed=3,ratio=1.2", "train@ratio=1.2,seed=3,width=8", false],
    ["train@seed=3,seed=3", "train@seed=3,ratio=1.2", false],
    ["train@seed=3", "train@ratio=1.2,seed=3", false],
    ["train@seed=3,*", "train@ratio=1.2,seed=3", true],
    ["train@seed=3,*", "train@seed=3", true],
    ["train@*,seed=3", "train@ratio=1.2,seed=3,width=8", true],
    ["train@seed=3,*", "train@ratio=1.2,seed=33", false],
    ["t*@seed=3,ratio=1*", "train@ratio=1.2,seed=3", true],
    ["train@seed=3,ratio=2*", "train@ratio=1.2,seed=3", false]
  ]
  for (const [pattern, address, expected] of cases) {
    it(`${pattern} ${expected ? "matches" : "does not match"} ${address}`, () => {
      assert.strictEqual(matches(pattern, address), expected)
    })
  }
})

describe("upstream", () => {
  it("is everything a node needs, itself included, and nothing else", () => {
    const blueprint = sweep([0.5, 1.2], [3])
    const names = blueprint.addresses
    const id = Object.entries(names).find(([, address]) => address === "measure@ratio=1.2")![0]
    const found = [...upstream(blueprint, [id])].map((node) => names[node]!).sort()
    assert.deepStrictEqual(found, ["build", "load", "measure@ratio=1.2", "train@ratio=1.2"])
  })
})
