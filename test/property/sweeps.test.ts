/** Sweeps that grow, at random: what was there stays to the bit, and so do addresses and ids, which keys come from. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as Artifact from "../../src/pipeline/Artifact.ts"
import * as Pipeline from "../../src/pipeline/Pipeline.ts"
import * as Stage from "../../src/pipeline/Stage.ts"
import * as Sweep from "../../src/pipeline/Sweep.ts"
import { type Draw, drawer } from "../support/draw.ts"

const ROUNDS = 60

const begins = <A>(longer: ReadonlyArray<A>, shorter: ReadonlyArray<A>, about: string): void =>
  assert.deepStrictEqual(longer.slice(0, shorter.length), shorter, about)

const interval = (draw: Draw) =>
  draw.index(2) === 0
    ? Sweep.between(draw.number(-5, 0), draw.number(0.1, 9))
    : Sweep.between(draw.number(0.001, 0.1), draw.number(0.2, 50), "geometric")

const forAll = (claim: string, check: (draw: Draw, about: string) => void): void => {
  it(claim, () => {
    for (let seed = 0; seed < ROUNDS; seed++) check(drawer(seed), `seed ${seed}`)
  })
}

describe("points keep what was there", () => {
  forAll("at equal distances and ratios, from n to 2n − 1", (draw, about) => {
    const count = 2 + draw.index(20)
    const [first, last] = [draw.number(0.01, 1), draw.number(1.5, 20)]
    for (const points of [Sweep.linear, Sweep.geometric]) {
      const longer = points(first, last, 2 * count - 1)
      assert.deepStrictEqual(
        longer.filter((_, i) => i % 2 === 0),
        points(first, last, count),
        about
      )
    }
  })

  forAll("by steps, to a later end", (draw, about) => {
    const [first, step] = [draw.number(), draw.number(0.01, 1)]
    const last = first + draw.number(0, 20)
    begins(Sweep.steps(first, last + draw.number(0, 20), step), Sweep.steps(first, last, step), about)
  })

  forAll("by chance, to any count, and with an axis more", (draw, about) => {
    const [count, more, seed] = [1 + draw.index(30), draw.index(30), draw.index(1000)]
    const [a, b] = [interval(draw), interval(draw)]
    begins(Sweep.draw(a, { count: count + more, seed }), Sweep.draw(a, { count, seed }), about)
    const cells = Sweep.random({ a, b }, { count, seed })
    begins(Sweep.random({ a, b }, { count: count + more, seed }), cells, about)
    const wider = Sweep.random({ c: interval(draw), a, b }, { count, seed })
    assert.deepStrictEqual(
      wider.map(({ a: x, b: y }) => ({ a: x, b: y })),
      cells,
      about
    )
  })

  forAll("in a Latin hypercube, to the double", (draw, about) => {
    const [count, seed] = [1 + draw.index(30), draw.index(1000)]
    const axes = { a: interval(draw), b: interval(draw) }
    const cells = Sweep.latinHypercube(axes, { count, seed })
    begins(Sweep.latinHypercube(axes, { count: 2 * count, seed }), cells, about)
    begins(Sweep.latinHypercube(axes, { count: 4 * count, seed }), cells, about)
  })

  forAll("in a sample, to any count; and of a grid with a value more, in their order", (draw, about) => {
    const [count, more, seed] = [1 + draw.index(20), draw.index(20), draw.index(1000)]
    const cells = Sweep.grid({ a: Sweep.range(2 + draw.index(6)), b: Sweep.range(2 + draw.index(6)) })
    const sample = Sweep.sample(cells, { count, seed })
    begins(Sweep.sample(cells, { count: count + more, seed }), sample, about)
    const grown = Sweep.sample([...cells, { a: 99, b: 99 }], { count: count + 1, seed })
    assert.deepStrictEqual(grown.filter(({ a }) => a !== 99).slice(0, sample.length), sample, about)
  })
})

const Value = Artifact.make("Value", { value: Schema.Finite })
const value = () => Effect.succeed({ value: 1 })
const load = Stage.make("load", { takes: { size: Schema.Int }, makes: Value, run: value })
const train = Stage.make("train", {
  takes: { data: Value, rate: Schema.Finite, seed: Schema.Int, kind: Schema.String },
  makes: Value,
  run: value
})
const measure = Stage.make("measure", { takes: { path: Value }, makes: Value, run: value })
const table = Stage.make("table", { takes: { runs: Artifact.many(Value) }, makes: Value, run: value })

const pipeline = Pipeline.make("grown", {
  params: {
    size: Schema.Int,
    rate: Sweep.axis(Schema.Finite),
    seed: Sweep.axis(Schema.Int),
    kind: Sweep.axis(Schema.String)
  },
  defaults: { size: 3, rate: [1], seed: [0], kind: ["plain"] },
  build: ({ size, rate, seed, kind }) => {
    const data = load({ size })
    const runs = Sweep.grid({ kind, seed, rate }).map((cell) => measure({ path: train({ data, ...cell }) }))
    return { table: table({ runs }) }
  }
})

describe("a pipeline whose axes grow", () => {
  it("keeps the address and the id of every cell, and makes exactly the new cells and what collects them", () => {
    const names = ["rate", "seed", "kind"] as const
    for (let round = 0; round < ROUNDS; round++) {
      const draw = drawer(round)
      const axes: Record<(typeof names)[number], Array<string>> = { rate: ["1"], seed: ["0"], kind: ["plain"] }
      const settings = () => Object.fromEntries(names.map((name) => [name, axes[name].join(",")]))
      let before = pipeline.blueprint(settings())
      for (let step = 0; step < 5; step++) {
        const name = names[draw.index(3)]!
        const added = `${name === "kind" ? "k" : ""}${2 + round + step}`
        const cells = before.nodes.filter(({ stage }) => stage === "train").length
        const grown = cells / axes[name].length
        axes[name].splice(draw.index(axes[name].length + 1), 0, added)
        const after = pipeline.blueprint(settings())
        const about = `seed ${round}, step ${step}: ${name}+=${added}`
        const fresh = after.nodes.filter(({ id }) => !Object.hasOwn(before.addresses, id))
        for (const [id, address] of Object.entries(before.addresses)) {
          if (address !== "table") assert.strictEqual(after.addresses[id], address, about)
        }
        assert.strictEqual(fresh.length, 2 * grown + 1, about)
        assert.deepStrictEqual(
          pipeline.blueprint({ ...settings(), [`${name}+`]: added }).digest,
          after.digest,
          `${about}: what is there is not added`
        )
        before = after
      }
    }
  })
})
