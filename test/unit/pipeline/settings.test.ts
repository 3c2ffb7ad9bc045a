/** Axes of sweeps as they are written on a command line, and what is said of those that cannot be read. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import { ParameterInvalid, SweepInvalid } from "../../../src/pipeline/Errors.ts"
import * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import * as Stage from "../../../src/pipeline/Stage.ts"
import * as Sweep from "../../../src/pipeline/Sweep.ts"

const Value = Artifact.make("Value", { value: Schema.Finite })
const load = Stage.make("load", { takes: { size: Schema.Int }, makes: Value, run: () => Effect.succeed({ value: 1 }) })

const pipeline = Pipeline.make("p", {
  params: {
    size: Schema.Int,
    title: Schema.String,
    ratio: Sweep.axis(Schema.Finite),
    seed: Sweep.axis(Schema.Int),
    kind: Sweep.axis(Schema.Literals(["tanh", "relu"])),
    widths: Sweep.axis(Schema.Array(Schema.Int))
  },
  defaults: { size: 1, title: "t", ratio: [0.5, 2], seed: [0], kind: ["tanh"], widths: [[8]] },
  build: ({ size }) => ({ one: load({ size }) })
})

const read = (name: string, text: string) => pipeline.blueprint({ [name]: text }).params[name.replace("+", "")]

const refused = (name: string, text: string): ParameterInvalid | SweepInvalid => {
  try {
    read(name, text)
  } catch (cause) {
    if (cause instanceof ParameterInvalid || cause instanceof SweepInvalid) return cause
    throw cause
  }
  return assert.fail("nothing was refused")
}

describe("an axis is written", () => {
  const cases: ReadonlyArray<readonly [string, string, unknown]> = [
    ["ratio", "0.5,1,2", [0.5, 1, 2]],
    ["ratio", " 0.5 , 1e-3", [0.5, 0.001]],
    ["ratio", "[0.5, 1]", [0.5, 1]],
    ["ratio", "3", [3]],
    ["seed", "1_000,2", [1000, 2]],
    ["seed", "range(4)", [0, 1, 2, 3]],
    ["ratio", "linear(0, 1, 5)", [0, 0.25, 0.5, 0.75, 1]],
    ["ratio", "steps(0.1,0.4,0.1)", [0.1, 0.2, 0.3, 0.4]],
    ["ratio", "geometric(1,16,3),20", [1, 4, 16, 20]],
    ["ratio", "draw(0,1,2,1)", Sweep.draw(Sweep.between(0, 1), { count: 2, seed: 1 })],
    ["ratio", "drawGeometric(0.1,9,2,1)", Sweep.draw(Sweep.between(0.1, 9, "geometric"), { count: 2, seed: 1 })],
    ["seed", "drawWhole(1,900,3,1)", Sweep.draw(Sweep.between(1, 900, "whole"), { count: 3, seed: 1 })],
    ["kind", "relu,tanh", ["relu", "tanh"]],
    ["kind", '["relu"]', ["relu"]],
    ["widths", "[64,64],[32]", [[64, 64], [32]]],
    ["widths", "[64,64]", [[64, 64]]],
    ["widths", "[[64],[32]]", [[64], [32]]],
    ["ratio+", "1", [0.5, 1, 2]],
    ["ratio+", "2,3", [0.5, 2, 3]],
    ["kind+", "relu", ["tanh", "relu"]]
  ]
  for (const [name, text, expected] of cases) {
    it(`-S ${name}=${text}`, () => assert.deepStrictEqual(read(name, text), expected))
  }
})

describe("several settings of one axis", () => {
  it("set it before they add to it, in whatever order they are given", () => {
    for (const settings of [
      { "ratio+": "3", ratio: "1,2" },
      { ratio: "1,2", "ratio+": "3" }
    ])
      assert.deepStrictEqual(pipeline.blueprint(settings).params["ratio"], [1, 2, 3])
  })
})

describe("an axis is refused", () => {
  const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
    ["ratio", "0.5,x", ['parameter "ratio"', 'expected number as "x"', '"0.5,x"']],
    ["ratio", "0.5,,1", ["values with a comma between any two"]],
    ["seed", "1,1.5", ['an integer as "1.5"']],
    ["seed", "geometric(1,2,3)", ["an integer as each value of geometric(1,2,3)"]],
    ["kind", "tanh,rleu", ['as "rleu"']],
    ["ratio", "geometric(1,2)", ["expected geometric(first, last, count), all numbers"]],
    ["ratio", "range(x)", ["expected range(count), all numbers"]],
    ["ratio", "geometrc(1,2,3)", ["one of range(count), ", "Did you mean geometric?"]],
    ["ratio", "1,2,1", ['axis "ratio" of pipeline p: expected every value once, got 1 twice']],
    ["ratio", "[]", ["expected at least one value, got none"]],
    ["ratio", "geometric(0,1,3)", ["geometric(0, 1, 3): expected two ends that are not 0"]],
    ["ratoi", "1,2", ['parameter "ratoi"', "a parameter that it has", "Did you mean ratio?"]],
    ["size", "1,2", ["expected number, one value, as it is no axis of a sweep (ratio, seed, kind, widths)"]],
    ["size", "range(3)", ["no axis of a sweep"]],
    ["size+", "1", ["one value with =, as it is no axis of a sweep (ratio, seed, kind, widths), to which += adds"]]
  ]
  for (const [name, text, words] of cases) {
    it(`-S ${name}=${text}`, () => {
      const { message } = refused(name, text)
      for (const part of words) assert.include(message, part)
    })
  }

  it("not where a parameter is text, in which a comma is a comma", () => {
    assert.strictEqual(read("title", "one, two"), "one, two")
  })
})

describe("the defaults of an axis", () => {
  it("are checked as what is written is", () => {
    const twice = Pipeline.make("p", {
      params: { seed: Sweep.axis(Schema.Int) },
      defaults: { seed: [1, 1] },
      build: () => ({ one: load({ size: 1 }) })
    })
    assert.throws(() => twice.blueprint({}), 'axis "seed" of pipeline p: expected every value once, got 1 twice')
  })
})

const Limit = Artifact.make("Limit", { add: Schema.Array(Schema.Finite) })
const locate = Stage.make("locate", { takes: { from: Value }, makes: Limit, run: () => Effect.succeed({ add: [] }) })

describe("the refinement of an axis", () => {
  const refined = (refine: Readonly<Record<string, { readonly by: string; readonly rounds: number }>>) => () =>
    Pipeline.make("p", {
      params: { ratio: Sweep.axis(Schema.Finite), size: Schema.Int },
      defaults: { ratio: [1], size: 1 },
      build: ({ size }) => ({ limit: locate({ from: load({ size }) }) }),
      refine: refine as never
    }).blueprint({})

  it("is plain data of the blueprint", () => {
    const { refine } = refined({ ratio: { by: "limit", rounds: 3 } })()
    assert.deepStrictEqual(refine, [{ axis: "ratio", by: "limit", rounds: 3 }])
  })

  const wrong: ReadonlyArray<readonly [string, Parameters<typeof refined>[0], string]> = [
    ["by a target that is not there", { ratio: { by: "limt", rounds: 3 } }, "build returns no such target"],
    ["of a parameter that is no axis", { size: { by: "limit", rounds: 3 } }, '"size" is to be refined, and is no axis'],
    ["in no round", { ratio: { by: "limit", rounds: 0 } }, "0 rounds of ratio cannot be made"]
  ]
  for (const [what, refine, words] of wrong) it(`is refused ${what}`, () => assert.throws(refined(refine), words))
})
