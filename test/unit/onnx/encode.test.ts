import { assert, describe, it } from "vitest"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { opsetVersion } from "../../../src/onnx/Call.ts"
import { NotEncodable } from "../../../src/onnx/Errors.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { read } from "../../../src/onnx/read.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { table } from "../../../src/ops/table.ts"

const g = makeBuilder()
const [a, b, c] = [g.input("a", [3, 4], "float32"), g.input("b", [4, 3], "float32"), g.input("c", [3, 3], "float32")]
const bias = g.input("bias", [3], "float32")
const column = g.expand(g.reshape(bias, { shape: [3, 1] }), { shape: [3, 3] })

/** The nodes of the model of some outputs, without comments. */
const nodes = async (
  outputs: Readonly<Record<string, Node>>,
  inputs: ReadonlyArray<Node> = [a, b, c, bias]
): Promise<ReadonlyArray<string>> => {
  const text = await read(await encode(makeGraph("test", inputs, outputs)))
  return text.split("\n").flatMap((line) => (/ = \w+\(/.test(line) ? [line.replace(/ {2}#.*/, "").trim()] : []))
}

describe("encode", () => {
  it("transposed factors become flags of Gemm", async () => {
    assert.deepStrictEqual(await nodes({ y: g.matmul(g.transpose(b), g.transpose(a)) }), [
      "y = Gemm(b, a, transA=1, transB=1)"
    ])
  })

  it("a transposed product that nothing else uses is the product of the transposes", async () => {
    const y = g.neg(g.transpose(g.matmul(g.transpose(a), c)))
    assert.deepStrictEqual(await nodes({ y }), ["y = Gemm(c, a, alpha=-1, transA=1)"])
  })

  it("a bias becomes the summand of Gemm, repeated by ONNX", async () => {
    assert.deepStrictEqual(await nodes({ y: g.add(g.matmul(a, b), column) }), [
      "bias/Reshape = Reshape(bias, shape/3x1)",
      "y = Gemm(a, b, bias/Reshape)"
    ])
  })

  it("a bias of a matrix that is larger than caches is added by itself, an update is not", async () => {
    const wide = g.input("wide", [4, 2 ** 17], "float32")
    const weights = g.input("weights", [3, 4], "float32")
    const bias3 = g.expand(g.reshape(bias, { shape: [3, 1] }), { shape: [3, 2 ** 17] })
    const y = g.add(g.add(g.matmul(weights, wide), bias3), g.matmul(g.neg(weights), wide))
    const z = g.sub(wide, g.matmul(g.transpose(weights), y))
    assert.deepStrictEqual(await nodes({ y, z }, [wide, weights, bias]), [
      "weights/Neg = Neg(weights)",
      "bias/Gemm = Gemm(weights, wide)",
      "bias/Gemm_2 = Gemm(weights/Neg, wide, bias/Gemm)",
      "bias/Reshape = Reshape(bias, shape/3x1)",
      "y = Add(bias/Gemm_2, bias/Reshape)",
      "z = Gemm(weights, y, wide, alpha=-1, transA=1)"
    ])
  })

  it("an update W + g aᵀ and a difference C − A B are one Gemm", async () => {
    const y = g.add(c, g.matmul(a, g.transpose(a)))
    const z = g.sub(c, g.matmul(c, c))
    assert.deepStrictEqual(await nodes({ y, z }), ["y = Gemm(a, a, c, transB=1)", "z = Gemm(c, c, c, alpha=-1)"])
  })

  it("a sum of products is a chain, each the summand of the next", async () => {
    const y = g.add(g.add(g.matmul(a, b), g.matmul(c, c)), column)
    assert.deepStrictEqual((await nodes({ y })).slice(1), [
      "bias/Gemm = Gemm(a, b, bias/Reshape)",
      "y = Gemm(c, c, bias/Gemm)"
    ])
  })

  it("a product that is used elsewhere, or is an output, is calculated once and added", async () => {
    const product = g.matmul(a, b)
    assert.deepStrictEqual(await nodes({ product, y: g.add(product, c) }), [
      "product = Gemm(a, b)",
      "y = Add(product, c)"
    ])
  })

  it("what ONNX repeats by itself is not written out", async () => {
    const y = g.mul(g.sub(g.constant(1, [3, 3], "float32"), c), column)
    assert.deepStrictEqual(await nodes({ y }), [
      "c/Sub = Sub(constant/1, c)",
      "bias/Reshape = Reshape(bias, shape/3x1)",
      "y = Mul(c/Sub, bias/Reshape)"
    ])
  })

  it("an input given out under another name is a copy", async () => {
    assert.deepStrictEqual(await nodes({ y: c, z: c }), ["y = Identity(c)", "z = Identity(c)"])
  })

  it("a graph can be as deep as it likes, also where its ops are made of others", async () => {
    let deep: Node = c
    for (let i = 0; i < 3000; i++) deep = g.softsign(deep)
    assert.lengthOf(await nodes({ y: deep }), 3 * 3000)
  })

  it("what is joined bit by bit is joined at once", async () => {
    const joined = g.concat(g.concat(c, g.neg(c), { axis: 0 }), c, { axis: 0 })
    assert.include(await nodes({ y: joined }), "y = Concat(c, c/Neg, c, axis=0)")
  })

  it("a bias per channel is taken into its convolution", async () => {
    const [x, w] = [g.input("x", [1, 2, 3, 3], "float32"), g.input("w", [4, 2, 1, 1], "float32")]
    const vector = g.input("vector", [4], "float32")
    const conv = g.conv2d(x, w, { strides: [1, 1], padding: [0, 0, 0, 0] })
    const channelwise = g.expand(g.reshape(vector, { shape: [4, 1, 1] }), { shape: conv.shape })
    assert.deepStrictEqual(await nodes({ y: g.add(conv, channelwise) }, [x, w, vector]), [
      "y = Conv(x, w, vector, strides=[1, 1], pads=[0, 0, 0, 0])"
    ])
  })

  it("a name that stands for two values is refused", async () => {
    const error = await encode(makeGraph("test", [c], { c: g.neg(c) })).catch((cause: unknown) => cause)
    assert.instanceOf(error, NotEncodable)
    assert.include((error as NotEncodable).message, `the name "c" is given twice, expected given once`)
  })

  it.each(Object.values(table))("$name has its form in the opset of every model", ({ onnx, composed }) => {
    assert.isTrue(onnx !== undefined || composed !== undefined)
    for (const { since } of onnx ?? []) assert.isAtMost(since, opsetVersion)
  })

  it("data stays outside the bytes, and equal graphs give equal bytes", async () => {
    const build = () => {
      const { graphs } = trainingGraphs({
        architecture: { kind: "mlp", widths: [5], activation: "tanh" },
        loss: "mse",
        dtype: "float32",
        train: 10_000,
        test: 10_000,
        features: 100,
        outputs: 3
      })
      return encode(graphs.multiply)
    }
    const [first, second] = [await build(), await build()]
    assert.isBelow(first.length, 10_000)
    assert.deepStrictEqual(first, second)
  })

  it("names say which layer a value belongs to, and which way it goes", async () => {
    const { graphs } = trainingGraphs({
      architecture: { kind: "mlp", widths: [2], activation: "tanh" },
      loss: "mse",
      dtype: "float64",
      train: 3,
      test: 3,
      features: 4,
      outputs: 1
    })
    const text = await read(await encode(graphs.step))
    for (const name of ["layer0/Gemm", "layer0/Tanh", "layer1/Gemm", "layer1/backward/Gemm", "targets/Transpose"]) {
      assert.include(text, `\n  ${name} = `)
    }
  })

  it("a step of a tanh network is its products, with bias and update inside, and little else", async () => {
    const { graphs } = trainingGraphs({
      architecture: { kind: "mlp", widths: [64, 64], activation: "tanh" },
      loss: "mse",
      dtype: "float32",
      train: 1000,
      test: 10,
      features: 784,
      outputs: 10
    })
    const text = await read(await encode(graphs.step))
    const count = (opType: string): number => text.split(` = ${opType}(`).length - 1
    assert.strictEqual(count("Gemm"), 8)
    assert.strictEqual(count("MatMul") + count("Expand"), 0)
    assert.strictEqual(count("Transpose"), 1) // of the targets: data, so done when the session is opened
    assert.include(text, "layer0.weight.next = Gemm(layer0/backward/Mul_2, inputs, layer0.weight)")
  })
})
