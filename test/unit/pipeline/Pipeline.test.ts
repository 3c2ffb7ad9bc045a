/** Pipelines and stages as they are read: settings, arguments, and what both refuse. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assert, describe, it } from "vitest"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import { ArgumentInvalid, NotCanonical, ParameterInvalid, PipelineInvalid } from "../../../src/pipeline/Errors.ts"
import * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import * as Stage from "../../../src/pipeline/Stage.ts"

const Value = Artifact.make("Value", { value: Schema.Finite })
const Other = Artifact.make("Other", { value: Schema.Finite })
const value = () => Effect.succeed({ value: 1 })
const load = Stage.make("load", { takes: { count: Schema.Int, kind: Schema.String }, makes: Value, run: value })
const change = Stage.make("change", { takes: { from: Value, rate: Schema.Number }, makes: Value, run: value })
const other = Stage.make("other", { takes: { from: Value }, makes: Other, run: value })
const sum = Stage.make("sum", { takes: { all: Artifact.many(Value) }, makes: Value, run: value })

const pipeline = Pipeline.make("p", {
  params: { count: Schema.Int, kind: Schema.String, rates: Schema.Array(Schema.Finite), deep: Schema.Boolean },
  defaults: { count: 5, kind: "toy", rates: [1, 2], deep: false },
  build: ({ count, kind, rates, deep }) => {
    const from = load({ count, kind })
    const all = rates.map((rate) => change({ from, rate }))
    return deep ? { sum: sum({ all }), other: other({ from }) } : { sum: sum({ all }) }
  }
})

const thrown = (run: () => unknown): unknown => {
  try {
    run()
  } catch (cause) {
    return cause
  }
  return assert.fail("it threw nothing")
}

describe("the settings of a pipeline", () => {
  const read = (settings: Record<string, string>) => pipeline.blueprint(settings).params

  it("are its defaults where none are given", () => {
    assert.deepStrictEqual(read({}), { count: 5, kind: "toy", rates: [1, 2], deep: false })
  })

  it("are read as JSON, or as text where they are none", () => {
    const settings = { count: "1_000", kind: "mnist", rates: "[0.5, 2]", deep: "true" }
    assert.deepStrictEqual(read(settings), { count: 1000, kind: "mnist", rates: [0.5, 2], deep: true })
    assert.strictEqual(read({ count: "-3" })["count"], -3)
  })

  it("take text that looks like a number where the parameter is text", () => {
    assert.strictEqual(read({ kind: "2024" })["kind"], "2024")
    assert.strictEqual(read({ kind: "true" })["kind"], "true")
  })

  const wrong: ReadonlyArray<readonly [string, string]> = [
    ["count", "x"],
    ["count", "1.5"],
    ["count", ""],
    ["rates", "[1, NaN]"],
    ["rates", "1"],
    ["deep", "yes"]
  ]
  for (const [parameter, text] of wrong) {
    it(`refuse ${parameter}=${text}: the message names parameter, value and what there is`, () => {
      const error = thrown(() => read({ [parameter]: text }))
      assert.instanceOf(error, ParameterInvalid)
      assert.match(error.message, new RegExp(`^parameter "${parameter}" of pipeline p: expected `))
      for (const part of [JSON.stringify(text), "count, kind, rates, deep", "--set name=value"])
        assert.include(error.message, part)
    })
  }

  it("say what was expected once", () => {
    const expected = (parameter: string, text: string) => {
      const error = thrown(() => read({ [parameter]: text }))
      return error instanceof ParameterInvalid ? error.expected : error
    }
    assert.strictEqual(expected("count", "x"), "number")
    assert.strictEqual(expected("count", "1.5"), "an integer")
    assert.strictEqual(expected("rates", '[1, "a"]'), "number at [1]")
  })

  it("refuse a default that does not fit, by its name", () => {
    for (const [count, got] of [
      [1.5, "1.5"],
      [undefined, "undefined"]
    ] as const) {
      const error = thrown(() =>
        Pipeline.make("p", { params: { count: Schema.Int }, defaults: { count: count as number }, build: () => ({}) })
      )
      assert.instanceOf(error, PipelineInvalid)
      assert.include(error.message, `the default of "count" is ${got}, expected `)
    }
  })

  for (const unknown of ["cuont", "toString", "constructor"]) {
    it(`refuse the unknown parameter ${unknown}`, () => {
      const error = thrown(() => read({ [unknown]: "1" }))
      assert.instanceOf(error, ParameterInvalid)
      assert.strictEqual(error.expected, "a parameter that it has")
    })
  }
})

describe("a blueprint", () => {
  it("holds every node once, after the nodes it needs", () => {
    const { nodes, targets } = pipeline.blueprint({ rates: "[1, 2, 1]", deep: "true" })
    assert.deepStrictEqual(
      nodes.map(({ stage }) => stage),
      ["load", "change", "change", "sum", "other"]
    )
    nodes.forEach((node, i) => {
      const before = new Set(nodes.slice(0, i).map(({ id }) => id))
      for (const id of Object.values(node.inputs).flat()) assert.isTrue(before.has(id))
    })
    assert.deepStrictEqual(Object.keys(targets), ["sum", "other"])
  })

  it("is plain data, and has another digest for other settings only", () => {
    const one = pipeline.blueprint({})
    assert.deepStrictEqual(
      JSON.parse(JSON.stringify(one.nodes.map(({ version: _, ...node }) => node))),
      one.nodes.map(({ version: _, ...node }) => node)
    )
    assert.strictEqual(pipeline.blueprint({ count: "5" }).digest, one.digest)
    assert.notStrictEqual(pipeline.blueprint({ count: "6" }).digest, one.digest)
  })

  it("of a build without targets is refused", () => {
    const empty = Pipeline.make("empty", { params: {}, defaults: {}, build: () => ({}) })
    const error = thrown(() => empty.blueprint({}))
    assert.instanceOf(error, PipelineInvalid)
    assert.include(error.message, "pipelines/empty.ts is not a pipeline that can be read: build returns no target")
  })

  for (const target of ["..", ".hidden", "a/b", "../../ac", "a\\b", ""]) {
    it(`of a build with a target that is no name of a folder is refused: "${target}"`, () => {
      const build = () => ({ [target]: load({ count: 1, kind: "a" }) })
      const error = thrown(() => Pipeline.make("p", { params: {}, defaults: {}, build }).blueprint({}))
      assert.instanceOf(error, PipelineInvalid)
      assert.include(error.message, `"${target}"`)
    })
  }

  it("of a parameter that no key can hold is refused, and named", () => {
    const settings = { params: { rate: Schema.Finite }, defaults: { rate: 1 } }
    const error = thrown(() =>
      Pipeline.make("p", { ...settings, build: () => ({ a: load({ count: 1, kind: "a" }) }) }).blueprint({ rate: "-0" })
    )
    assert.instanceOf(error, NotCanonical)
    assert.strictEqual(error.path, "params.rate")
  })
})

describe("a stage refuses, as the types do", () => {
  const from = load({ count: 1, kind: "a" })
  const calls: Readonly<Record<string, readonly [() => unknown, string, string]>> = {
    "a ref of another artifact": [() => change({ from: other({ from }) as never, rate: 1 }), "from", "a ref of Other"],
    "a value for a ref": [() => change({ from: { value: 1 } as never, rate: 1 }), "from", "object"],
    "an argument it does not take": [
      () => load({ count: 1, kind: "a", extra: 1 } as never),
      "extra",
      "an argument it does not take"
    ],
    "a missing parameter": [() => load({ count: 1 } as never), "kind", "undefined"],
    "a parameter of another kind": [() => load({ count: "1" as never, kind: "a" }), "count", '"1"'],
    "one ref for several": [() => sum({ all: from as never }), "all", "a ref of load"],
    "a wrong one among several": [() => sum({ all: [from, null as never] }), "all[1]", "null"],
    "−0, which a key cannot hold": [() => change({ from, rate: -0 }), "rate", "-0"]
  }
  for (const [what, [call, argument, got]] of Object.entries(calls)) {
    it(what, () => {
      const error = thrown(call)
      assert.instanceOf(error, ArgumentInvalid)
      assert.strictEqual(error.argument, argument)
      assert.include(error.message, `argument "${argument}" should be `)
      assert.include(error.got, got)
    })
  }
})

describe("a call of a stage", () => {
  const from = load({ count: 1, kind: "a" })
  const other = load({ count: 1, kind: "b" })

  it("with equal arguments gives one ref, with others another", () => {
    assert.strictEqual(load({ kind: "a", count: 1 }).id, from.id)
    assert.notStrictEqual(other.id, from.id)
    assert.notStrictEqual(sum({ all: [from, other] }).id, sum({ all: [other, from] }).id)
  })

  it("runs nothing, and is plain data", () => {
    assert.deepStrictEqual(from.params, { count: 1, kind: "a" })
    assert.deepStrictEqual(Object.keys(sum({ all: [from] }).inputs), ["all"])
  })
})
