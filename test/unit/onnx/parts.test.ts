import { assert, describe, it } from "vitest"
import { type Graph, makeGraph, type Parts } from "../../../src/graph/Graph.ts"
import { NotEncodable } from "../../../src/onnx/Errors.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { read } from "../../../src/onnx/read.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"

const g = makeBuilder()
const w = g.input("w", [3], "float32")
const sum = g.input("s", [3], "float32")
const x = g.data("x", [2, 3], "float32")
const squared = g.exp(w)
const row = g.sum(g.mul(g.expand(squared, { shape: [2, 3] }), x), { axes: [0], keepDims: false })

const whole = makeGraph("whole", [w, sum], { "w.next": g.add(w, sum) })
const part = (outputs: Graph["outputs"] = { s: row }): Graph => makeGraph("part", [w], outputs)

describe("parts", () => {
  it("are cut from all of the data, in a loop that holds what depends on them and no more", async () => {
    const text = await read(await encode(whole, { graph: part(), rows: 10 }))
    assert.include(text, "  input w float32 [3]")
    assert.notInclude(text, "  input s ")
    assert.include(text, "  data x float32 [10, 3]")
    const [before = "", body = ""] = text.split("Loop(")
    assert.include(before, "= Exp(w)")
    assert.include(body, "part/x = Slice(x, part/start, part/end, part/first, part/step)")
    assert.include(body, "part/s = Add(part/soFar/s, part/s/part)")
    assert.include(body, "w.next = Add(w, s)")
  })

  it("are summed anew in every step of a loop over steps", async () => {
    const options = { name: "steps", state: { "w.next": "w" }, scan: [], parts: { graph: part(), rows: 10 } }
    const text = await read(await encodeLoop(whole, options))
    const [, outer = "", inner = ""] = text.split("Loop(")
    assert.include(outer, "= Exp(loop/w)")
    assert.include(inner, "part/s = Add(part/soFar/s, part/s/part)")
    assert.include(inner, "loop/w.next = Add(loop/w, s)")
  })

  it.each([
    [
      "fewer rows than a part has",
      { graph: part(), rows: 1 },
      "the rows of all parts is 1, expected a whole number of at least 2"
    ],
    [
      "a part that does not divide all rows",
      { graph: part(), rows: 5 },
      "the rows of all parts is 5, expected a multiple of 2, or an input for which of them count"
    ],
    [
      "data of different numbers of rows",
      { graph: part({ s: g.add(row, g.reshape(g.data("y", [1, 3], "float32"), { shape: [3] })) }), rows: 4 },
      "its data is of 1, expected of 2 rows each"
    ],
    [
      "an input for which rows count that the part does not have",
      { graph: part(), rows: 5, counted: g.input("counted", [2], "float32") },
      "the input for which rows count is none, expected one of part"
    ],
    [
      "an input for which rows count of another shape",
      { graph: part(), rows: 5, counted: w },
      "the input for which rows count is [3], expected of shape [2]"
    ],
    ["parts of no data", { graph: part({ s: w }), rows: 4 }, "its data is none, expected cut into parts"],
    [
      "a sum that is not asked for",
      { graph: part({ t: row }), rows: 4 },
      'the sum "t" is none, expected an input of whole'
    ],
    [
      "a sum of another shape",
      { graph: part({ s: g.reshape(row, { shape: [3, 1] }) }), rows: 4 },
      'the sum "s" is float32 [3, 1], expected float32 [3]'
    ]
  ] as ReadonlyArray<readonly [string, Parts, string]>)("%s are refused", async (_, parts, message) => {
    const error = await encode(whole, parts).catch((cause: unknown) => cause)
    assert.instanceOf(error, NotEncodable)
    assert.include((error as NotEncodable).message, message)
  })
})
