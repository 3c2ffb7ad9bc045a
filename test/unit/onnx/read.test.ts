import { assert, describe, it } from "vitest"
import { makeGraph } from "../../../src/graph/Graph.ts"
import { decode, signatureOf } from "../../../src/onnx/decode.ts"
import { NotAModel } from "../../../src/onnx/Errors.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { encodeLoop } from "../../../src/onnx/encodeLoop.ts"
import { modelBytes, valueInfo } from "../../../src/onnx/messages.ts"
import { read } from "../../../src/onnx/read.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"

const g = makeBuilder()
const w = g.input("layer0.weight", [1, 2], "float32")
const x = g.data("inputs", [3, 2], "float32")
const scale = g.constant([0.5, -1, 0.25], [1, 3], "float32")
const y = g.mul(scale, g.matmul(w, g.transpose(x)))

const rejection = async (bytes: Uint8Array): Promise<string> => {
  try {
    await read(bytes)
  } catch (error) {
    if (error instanceof NotAModel) return error.message
    throw error
  }
  return assert.fail("the bytes were read")
}

describe("read", () => {
  it("a model reads the same from a Buffer, as a file is read, as from its bytes", async () => {
    const bytes = await encode(makeGraph("scaled", [w], { y }))
    const shifted = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1)
    assert.strictEqual(await read(shifted), await read(bytes))
  })

  it("a model is one line per value: what it is given, its constants, its nodes, what it makes", async () => {
    assert.strictEqual(
      await read(await encode(makeGraph("scaled", [w], { y }))),
      `model scaled by brink, IR 10, ai.onnx 21
  input layer0.weight float32 [1, 2]
  data inputs float32 [3, 2]
  constant constant float32 [1, 3] = [0.5, -1, 0.25]
  layer0/Gemm = Gemm(layer0.weight, inputs, transB=1)  # [1, 2], [3, 2] → [1, 3]
  y = Mul(constant, layer0/Gemm)  # [1, 3], [1, 3] → [1, 3]
  output y float32 [1, 3]
`
    )
  })

  it("functions that a model calls follow it, with constants as their nodes; calls with equal sizes are of one", async () => {
    const images = [0, 1, 2].map((i) => g.input(`x${i}`, [2, 1, 2, 2], "float32"))
    const options = { strides: [1, 1], padding: [0, 0, 0, 0], kernel: [1, 1] }
    const [a, b] = images.slice(1).map((image) => g.conv2dKernel(images[0]!, image, options))
    const text = await read(await encode(makeGraph("called", images, { a: a!, b: b! })))
    const name = "conv2dKernel_2x1x2x2_2x1x2x2_kernel1x1_padding0x0x0x0_strides1x1"
    assert.lengthOf(text.match(/ = conv2dKernel_/g)!, 2)
    assert.include(text, `  b = ${name}(x0, x2, kernel=[1, 1], padding=[0, 0, 0, 0], strides=[1, 1])`)
    assert.lengthOf(text.match(/ {2}function /g)!, 1)
    assert.match(text, /, ai\.onnx 21, brink 1\n/)
    assert.match(
      text,
      new RegExp(`  function ${name}\\(x0, x1, kernel, padding, strides\\)\n    \\S+ = Constant\\(value=int64 `)
    )
    assert.match(text, /\n {4}gives y\n$/)
  })

  it("functions of other attributes are others, in whatever order these are given", async () => {
    const [x, c] = [g.input("x", [2, 3, 3, 3], "float32"), g.input("c", [2, 5, 1, 1], "float32")]
    const padding = [0, 0, 0, 0]
    const whole = g.conv2dKernel(x, c, { kernel: [3, 3], strides: [1, 1], padding })
    const point = g.conv2dKernel(x, c, { strides: [3, 3], kernel: [1, 1], padding })
    const text = await read(await encode(makeGraph("called", [x, c], { whole, point })))
    assert.lengthOf(text.match(/ {2}function /g)!, 2)
  })

  it("the body of a loop is indented under it", async () => {
    const graph = makeGraph("step", [w], { next: g.neg(w) })
    const text = await read(await encodeLoop(graph, { name: "steps", state: { next: "layer0.weight" }, scan: [] }))
    assert.include(
      text,
      `  next = Loop(steps, –, layer0.weight)  # step, repeated
    body(loop/iteration, loop/condition, loop/layer0.weight)
      loop/goesOn = Identity(loop/condition)
      loop/next = Neg(loop/layer0.weight)  # [1, 2] → [1, 2]
      gives loop/goesOn, loop/next
`
    )
  })

  it("bytes that are no model are refused, with the reason", async () => {
    assert.match(await rejection(new Uint8Array(0)), /no graph in it \(0 bytes\)/)
    assert.match(await rejection(new TextEncoder().encode("{}")), /not an ONNX model/)
  })

  it("a type that no tensor here can have is refused, with the name of the value", async () => {
    const value = { name: "word", type: { value: { case: "tensorType" as const, value: { elemType: 8 } } } }
    assert.match(await rejection(await modelBytes({ name: "words", input: [value] })), /"word" is of element type 8/)
    assert.match(await rejection(await modelBytes({ name: "words", input: [{ name: "word" }] })), /"word" is untyped/)
  })

  it("a constant whose bytes do not fill its shape is refused", async () => {
    const initializer = [{ name: "short", dataType: 1, dims: [3n], rawData: new Uint8Array(8) }]
    assert.match(await rejection(await modelBytes({ name: "short", initializer })), /8 bytes instead of 12/)
  })
})

describe("signatureOf", () => {
  it("tells inputs, outputs and data, and keeps the names of sizes known only at run time", async () => {
    const output = [valueInfo("losses", "float32", ["steps", 2])]
    const model = await decode(await modelBytes({ name: "named", input: [valueInfo("x", "bool", [])], output }))
    assert.deepStrictEqual(signatureOf(model), {
      model: "named",
      inputs: [{ name: "x", dtype: "bool", shape: [] }],
      outputs: [{ name: "losses", dtype: "float32", shape: ["steps", 2] }],
      data: []
    })
  })
})
