/**
 * What is written of a loop: what goes from step to step and what is kept, what cannot be written, and what a module is allowed.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { NotWritable } from "../../../src/compile/Errors.ts"
import { obstacle } from "../../../src/compile/obstacle.ts"
import { writeLoop } from "../../../src/compile/writeLoop.ts"
import { NotRepeatable } from "../../../src/graph/Errors.ts"
import { type Graph, makeGraph } from "../../../src/graph/Graph.ts"
import type { LoopOptions } from "../../../src/graph/Loop.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { composed } from "../../../src/ops/compose.ts"
import { openCompiled } from "../../../src/runtime/compiled.ts"
import type { Tensors } from "../../../src/tensor/Tensor.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"
import { NotAModule } from "../../../src/wasm/Errors.ts"
import { readModule } from "../../../src/wasm/readModule.ts"

const numbers = (...values: ReadonlyArray<number>) => tensor([values.length], Float64Array.from(values))
const steps = (count: number) => ({ steps: tensor([], BigInt64Array.of(BigInt(count))) })

const run = Effect.fnUntraced(function* (
  graph: Graph,
  options: Omit<LoopOptions, "name">,
  inputs: Tensors,
  data: Tensors = {}
) {
  const program = yield* openCompiled(writeLoop(graph, { name: graph.name, ...options }), data)
  const outputs = yield* program.run(inputs)
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, [...value.data]]))
})

/** a ← √√… a, so deep; every root read in two orders where it is `twice`. */
const deep = (depth: number, twice: boolean): Graph => {
  const g = makeBuilder()
  const a = g.input("a", [2, 2], "float64")
  let value = a
  for (let i = 0; i < depth; i++) {
    const inner = g.sqrt(value)
    value = twice ? g.add(inner, g.transpose(inner)) : inner
  }
  return makeGraph("deep", [a], { "a.next": value })
}

describe("a loop that is written out", () => {
  it.effect("may be of any depth: long formulas are made in parts", () =>
    Effect.gen(function* () {
      const options = { state: { "a.next": "a" }, scan: [] }
      const given = { a: tensor([2, 2], Float64Array.of(0.1, 0.2, 0.3, 0.4)) }
      const { "a.next": chain } = yield* run(deep(5000, false), options, { ...given, ...steps(1) })
      assert.closeTo(Number(chain![3]), 1, 1e-15)
      const few = writeLoop(deep(12, true), { name: "few", ...options })
      const many = writeLoop(deep(48, true), { name: "many", ...options })
      assert.isBelow(many.length, 6 * few.length)
    })
  )

  it("is refused where a graph cannot be repeated, as an ONNX loop is", () => {
    const g = makeBuilder()
    const [w, named] = [g.input("w", [2], "float64"), g.input("steps", [2], "float64")]
    const options = { name: "wrong", state: { "w.next": "w" }, scan: [] }
    const wrong = {
      "in `state` or in `scan`, once": makeGraph("lost", [w], { "w.next": w, lost: g.neg(w) }),
      "float64 [2] as the input": makeGraph("larger", [w], { "w.next": g.expand(w, { shape: [3, 2] }) }),
      "any name but steps": makeGraph("named", [w, named], { "w.next": g.add(w, named) })
    }
    for (const [expected, graph] of Object.entries(wrong)) {
      try {
        writeLoop(graph, options)
        assert.fail(`${graph.name} was accepted`)
      } catch (error) {
        assert.instanceOf(error, NotRepeatable)
        assert.include(error.expected, expected)
      }
    }
  })

  it.effect("carries values that change places, and one that stays", () =>
    Effect.gen(function* () {
      const g = makeBuilder()
      const [a, b, c] = ["a", "b", "c"].map((name) => g.input(name, [3], "float64"))
      const graph = makeGraph("swap", [a!, b!, c!], { "a.next": b!, "b.next": a!, "c.next": c!, both: g.add(a!, c!) })
      const state = { "a.next": "a", "b.next": "b", "c.next": "c" }
      const given = { a: numbers(1, 2, 3), b: numbers(4, 5, 6), c: numbers(10, 20, 30) }
      assert.deepStrictEqual(yield* run(graph, { state, scan: ["both"] }, { ...given, ...steps(3) }), {
        "a.next": [4, 5, 6],
        "b.next": [1, 2, 3],
        "c.next": [10, 20, 30],
        both: [...[11, 22, 33], ...[14, 25, 36], ...[11, 22, 33]]
      })
    })
  )

  it.effect("keeps what is the same in every step, and constants", () =>
    Effect.gen(function* () {
      const g = makeBuilder()
      const [w, rate] = [g.input("w", [2], "float64"), g.input("rate", [], "float64")]
      const list = g.constant([1, 2, 3], [3], "float64")
      const graph = makeGraph("still", [w, rate], {
        "w.next": g.add(w, g.expand(rate, { shape: [2] })),
        rate,
        twice: g.mul(g.constant(2, [], "float64"), rate),
        filled: g.constant(7, [2], "float64"),
        listed: g.neg(list)
      })
      const options = { state: { "w.next": "w" }, scan: ["rate", "twice", "filled", "listed"] }
      const given = { w: numbers(1, 2), rate: tensor([], Float64Array.of(0.5)), ...steps(2) }
      assert.deepStrictEqual(yield* run(graph, options, given), {
        "w.next": [2, 3],
        rate: [0.5, 0.5],
        twice: [1, 1],
        filled: [7, 7, 7, 7],
        listed: [-1, -2, -3, -1, -2, -3]
      })
    })
  )

  it.effect("reads data in another order and another shape, in every step and before the first", () =>
    Effect.gen(function* () {
      const g = makeBuilder()
      const [w, data] = [g.input("w", [6], "float64"), g.data("data", [2, 3], "float64")]
      const turned = g.reshape(g.transpose(data), { shape: [6] })
      const moved = g.reshape(g.transpose(g.reshape(g.add(w, turned), { shape: [2, 3] })), { shape: [6] })
      const graph = makeGraph("turn", [w], { "w.next": w, turned, moved })
      const given = { w: numbers(0, 10, 20, 30, 40, 50), ...steps(1) }
      const values = { data: tensor([2, 3], Float64Array.of(1, 2, 3, 4, 5, 6)) }
      const made = yield* run(graph, { state: { "w.next": "w" }, scan: ["turned", "moved"] }, given, values)
      assert.deepStrictEqual(made["turned"], [1, 4, 2, 5, 3, 6])
      assert.deepStrictEqual(made["moved"], [1, 35, 14, 43, 22, 56])
    })
  )

  it("asks for nothing, and lets nothing be reached but its memory and its one function", async () => {
    const g = makeBuilder()
    const w = g.input("w", [3], "float32")
    const graph = makeGraph("step", [w], { "w.next": g.tanh(g.exp(w)), loss: g.sum(w, { axes: [0], keepDims: false }) })
    const module = new WebAssembly.Module(writeLoop(graph, { name: "step", state: { "w.next": "w" }, scan: ["loss"] }))
    assert.deepStrictEqual(WebAssembly.Module.imports(module), [])
    const names = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`)
    assert.sameMembers(names, ["function run", "memory memory"])
  })
})

describe("what cannot be written out", () => {
  const g = makeBuilder()
  const [x, single] = [g.input("x", [2, 2], "float64"), g.input("single", [2], "float32")]
  const empty = g.input("empty", [0], "float64")
  const state = {}
  const graphs: ReadonlyArray<readonly [string, Graph, string]> = [
    ["an op without a rule", makeGraph("soft", [x], { y: g.softmax(x, { axis: 1 }) }), "softmax"],
    ["a power that is not whole", makeGraph("root", [x], { y: g.pow(x, { exponent: 1.5 }) }), "pow"],
    ["two element types", makeGraph("both", [x, single], { x, single }), "several element types"],
    ["values without elements", makeGraph("empty", [empty], { y: g.neg(empty) }), "without elements"]
  ]
  it.each(graphs)("is refused: %s (NotWritable)", (_, graph, reason) => {
    assert.include(obstacle(composed(graph)), reason)
    const write = () => writeLoop(graph, { name: "step", state, scan: Object.keys(graph.outputs) })
    assert.throws(write, NotWritable, reason)
  })

  it("is refused: a loop over parts of the data, and one with something around it (NotWritable)", () => {
    const graph = makeGraph("plain", [x], { y: g.neg(x) })
    const loop = { name: "step", state, scan: ["y"] }
    assert.throws(() => writeLoop(graph, { ...loop, parts: { graph, rows: 2 } }), NotWritable, "parts of the data")
    assert.throws(() => writeLoop(graph, { ...loop, around: { begin: graph, end: graph } }), NotWritable, "around")
  })
})

describe("readModule", () => {
  it("refuses bytes of something else: NotAModule", async () => {
    const error = await readModule(new Uint8Array(8)).catch((cause) => cause)
    assert.instanceOf(error, NotAModule)
    assert.include((error as NotAModule).message, "make the model again")
  })
})
