import { assert, describe, it } from "vitest"
import { NotRepeatable } from "../../../src/graph/Errors.ts"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { LoopOptions } from "../../../src/graph/Loop.ts"
import { NotEncodable } from "../../../src/onnx/Errors.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { read } from "../../../src/onnx/read.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"

const g = makeBuilder()
const w = g.input("w", [2], "float64")
const rate = g.input("rate", [], "float64")
const target = g.data("target", [2], "float64")
const doubled = g.mul(g.constant(2, [], "float64"), rate)
const next = g.sub(w, g.mul(g.expand(doubled, { shape: [2] }), g.sub(w, g.exp(target))))
const graph = makeGraph("step", [w, rate], { "w.next": next, total: g.sum(w, { axes: [0], keepDims: false }) })
const options: LoopOptions = { name: "steps", state: { "w.next": "w" }, scan: ["total"] }

const refusal = async (given: Partial<LoopOptions>, of = graph): Promise<NotRepeatable | NotEncodable> => {
  try {
    await encodeLoop(of, { ...options, ...given })
  } catch (error) {
    if (error instanceof NotRepeatable || error instanceof NotEncodable) return error
    throw error
  }
  return assert.fail("the loop was accepted")
}

describe("encodeLoop", () => {
  it("only what depends on the state is in the body", async () => {
    const [outside, body] = (await read(await encodeLoop(graph, options))).split("  body(")
    for (const name of ["target/backward/Exp", "rate/backward/Mul"]) {
      assert.include(outside, `${name} = `)
      assert.notInclude(body, `${name} = `)
    }
    assert.include(body, "loop/w.next = ")
  })

  it("it is given steps and the graph's inputs, and gives the state and the kept values of all steps", async () => {
    const text = await read(await encodeLoop(graph, options))
    assert.deepStrictEqual(
      text.split("\n").filter((line) => /^ {2}(input|output)/.test(line)),
      [
        "  input steps int64 []",
        "  input w float64 [2]",
        "  input rate float64 []",
        "  output w.next float64 [2]",
        "  output total float64 [steps]"
      ]
    )
  })

  it("equal graphs give equal bytes", async () => {
    assert.deepStrictEqual(await encodeLoop(graph, options), await encodeLoop(graph, options))
  })

  it("an output that is neither carried nor kept, or both, is refused", async () => {
    assert.include((await refusal({ scan: [] })).message, `output "total" is there 0 times`)
    assert.include((await refusal({ scan: ["total", "w.next"] })).message, `output "w.next" is there 2 times`)
  })

  it("a name that is no output or no input is refused", async () => {
    assert.strictEqual((await refusal({ scan: ["total", "loss"] })).where, `"loss"`)
    assert.strictEqual((await refusal({ state: { "w.next": "v" } })).actual, "v")
  })

  it("a state of another shape than the input it becomes is refused, with both shapes", async () => {
    const message = (await refusal({ state: { "w.next": "rate" } })).message
    assert.include(message, `is float64 [2], expected float64 [] as the input "rate"`)
  })

  it("an input called steps is refused: the loop has one", async () => {
    const steps = g.input("steps", [2], "float64")
    const error = await refusal({ state: { y: "steps" }, scan: [] }, makeGraph("step", [steps], { y: g.neg(steps) }))
    assert.strictEqual(error.actual, "steps")
  })
})

describe("what is around a loop", () => {
  const v = g.input("v", [2], "float64")
  const start = g.input("start", [2], "float64")
  const last = g.input("w.next", [2], "float64")
  const narrow = g.input("w.next", [], "float64")
  const begin = makeGraph("begin", [start], { w: g.exp(start) })
  const end = makeGraph("end", [start, last], { result: g.add(start, last) })
  const around = { begin, end }

  it("takes the place of the state that it makes, among what the model is given and gives", async () => {
    const text = await read(await encodeLoop(graph, { ...options, around }))
    assert.deepStrictEqual(
      text.split("\n").filter((line) => /^ {2}(input|output)/.test(line)),
      [
        "  input steps int64 []",
        "  input start float64 [2]",
        "  input rate float64 []",
        "  output result float64 [2]",
        "  output total float64 [steps]"
      ]
    )
    const order = ["begin/w = Exp(start)", "= Loop(steps, –, begin/w)", "result = Add(start, w.next)"]
    const places = order.map((line) => text.indexOf(line))
    assert.deepStrictEqual(
      places,
      places.toSorted((a, b) => a - b)
    )
    assert.isAtLeast(places[0]!, 0, text)
  })

  it.each([
    ["state that is none", { begin: makeGraph("begin", [v], { rate: v }), end }, `output "rate" is none`],
    [
      "state of another shape",
      { begin: makeGraph("begin", [rate], { w: rate }), end },
      `output "w" is float64 [], expected float64 [2]`
    ],
    [
      "results of what is not there",
      { begin, end: makeGraph("end", [v], { result: v }) },
      `input "v" is none, expected an output of step`
    ],
    [
      "results of another shape",
      { begin, end: makeGraph("end", [narrow], { result: narrow }) },
      `input "w.next" is float64 [], expected float64 [2]`
    ],
    [
      "a result that the loop gives already",
      { begin, end: makeGraph("end", [last], { total: last }) },
      `output "total" is made by step too, expected made once`
    ]
  ])("%s is refused", async (_, wrong, message) => {
    assert.include((await refusal({ around: wrong })).message, message)
  })
})
