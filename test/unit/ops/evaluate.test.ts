import { describe, expect, it } from "vitest"
import { UnboundInput } from "../../../src/graph/Errors.ts"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { evaluate, evaluateGraph } from "../../../src/ops/evaluate.ts"
import { ShapeMismatch } from "../../../src/tensor/Errors.ts"

const g = makeBuilder()
const values = (node: Node): ReadonlyArray<number> => [...evaluate([node], new Map())[0]!]
const matrix = g.constant([1, 2, 3, 4, 5, 6], [2, 3], "float64") // [[1, 2, 3], [4, 5, 6]]
const vector = (...elements: ReadonlyArray<number>) => g.constant(elements, [elements.length], "float64")

/** [[1, 2, 3], [4, 5, 6], [7, 8, 9]], and a kernel that subtracts what is right below. */
const image = g.constant([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3], "float64")
const kernel = g.constant([1, 0, 0, -1], [1, 1, 2, 2], "float64")
const valid = { strides: [1, 1], padding: [0, 0, 0, 0] }
const strided = { strides: [2, 2], padding: [1, 1, 0, 0] }

describe("values of ops", () => {
  const known: ReadonlyArray<readonly [string, Node, ReadonlyArray<number>]> = [
    ["add", g.add(vector(1, 2), vector(3, 5)), [4, 7]],
    ["sub", g.sub(vector(1, 2), vector(3, 5)), [-2, -3]],
    ["mul", g.mul(vector(1, 2), vector(3, 5)), [3, 10]],
    ["div", g.div(vector(1, 2), vector(4, 8)), [0.25, 0.25]],
    ["neg", g.neg(vector(1, -2)), [-1, 2]],
    ["exp", g.exp(vector(0, 1)), [1, Math.E]],
    ["log", g.log(vector(1, Math.E)), [0, 1]],
    ["sqrt", g.sqrt(vector(4, 9)), [2, 3]],
    ["tanh", g.tanh(vector(0, 1)), [0, Math.tanh(1)]],
    ["relu, with 0 at 0", g.relu(vector(-1, 0, 2)), [0, 0, 2]],
    ["positive, with 0 at 0", g.positive(vector(-1, 0, 2)), [0, 0, 1]],
    ["equal", g.equal(vector(1, 2), vector(1, 3)), [1, 0]],
    ["reciprocal", g.reciprocal(vector(2, -4)), [0.5, -0.25]],
    ["rsqrt", g.rsqrt(vector(4, 16)), [0.5, 0.25]],
    ["pow", g.pow(vector(4, 9), { exponent: 1.5 }), [8, 27]],
    ["pow of a negative number", g.pow(vector(-2, 2), { exponent: 5 }), [-32, 32]],
    ["abs", g.abs(vector(-2, 0, 3)), [2, 0, 3]],
    ["sign, with 0 at 0", g.sign(vector(-2, 0, -0, 3)), [-1, 0, 0, 1]],
    ["sigmoid", g.sigmoid(vector(0, -800, 800)), [0.5, 0, 1]],
    ["softplus, which does not overflow", g.softplus(vector(0, -800, 800)), [Math.LN2, 0, 800]],
    ["softsign", g.softsign(vector(-1, 0, 3)), [-0.5, 0, 0.75]],
    ["max over rows", g.max(matrix, { axes: [0], keepDims: false }), [4, 5, 6]],
    [
      "logSumExp, which does not overflow",
      g.logSumExp(vector(1000, 1000), { axes: [0], keepDims: true }),
      [1000 + Math.LN2]
    ],
    ["softmax, which does not overflow", g.softmax(vector(1000, 1000, -1000), { axis: 0 }), [0.5, 0.5, 0]],
    ["permute", g.permute(g.reshape(matrix, { shape: [1, 2, 3] }), { order: [2, 0, 1] }), [1, 4, 2, 5, 3, 6]],
    ["pad", g.pad(vector(1, 2), { pads: [1, 2] }), [0, 1, 2, 0, 0]],
    ["slice", g.slice(vector(1, 2, 3, 4, 5), { axes: [0], starts: [1], ends: [5], steps: [2] }), [2, 4]],
    ["reverse", g.reverse(matrix, { axes: [1] }), [3, 2, 1, 6, 5, 4]],
    ["concat of rows", g.concat(matrix, matrix, { axis: 1 }), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]],
    ["conv2d, which does not flip the kernel", g.conv2d(image, kernel, valid), [1 - 5, 2 - 6, 4 - 8, 5 - 9]],
    ["conv2d with strides and padding", g.conv2d(image, kernel, strided), [-1, -3, -7, 1 * 5 - 9]],
    ["avgPool2d", g.avgPool2d(g.reshape(matrix, { shape: [1, 1, 2, 3] }), { size: [2, 3] }), [3.5]],
    ["maxPool2d", g.maxPool2d(g.reshape(matrix, { shape: [1, 1, 2, 3] }), { size: [1, 3] }), [3, 6]],
    [
      "upsample2d",
      g.upsample2d(g.reshape(vector(1, 2), { shape: [1, 1, 1, 2] }), { size: [2, 2] }),
      [1, 1, 2, 2, 1, 1, 2, 2]
    ],
    [
      "matmul of several",
      g.matmul(
        g.reshape(vector(1, 2, 3, 4), { shape: [2, 1, 2] }),
        g.reshape(vector(1, 1, 2, 2), { shape: [2, 2, 1] })
      ),
      [3, 14]
    ],
    ["matmul", g.matmul(matrix, g.constant([1, 0, 0, 1, 2, 2], [3, 2], "float64")), [7, 8, 16, 17]],
    ["transpose", g.transpose(matrix), [1, 4, 2, 5, 3, 6]],
    ["reshape", g.reshape(matrix, { shape: [6] }), [1, 2, 3, 4, 5, 6]],
    ["expand of a column", g.expand(g.constant([1, 2], [2, 1], "float64"), { shape: [2, 3] }), [1, 1, 1, 2, 2, 2]],
    ["expand of a row", g.expand(vector(1, 2), { shape: [2, 2] }), [1, 2, 1, 2]],
    ["sum over all axes", g.sum(matrix, { axes: [0, 1], keepDims: false }), [21]],
    ["sum over rows", g.sum(matrix, { axes: [0], keepDims: false }), [5, 7, 9]],
    ["sum over columns", g.sum(matrix, { axes: [1], keepDims: true }), [6, 15]],
    ["argMax over rows", g.argMax(matrix, { axis: 0 }), [1, 1, 1]],
    ["argMax, of equals the first", g.argMax(g.constant([3, 3, 1, 0, 7, 7], [2, 3], "float64"), { axis: 1 }), [0, 1]],
    ["sum of nothing", g.sum(g.constant([], [0, 2], "float64"), { axes: [0], keepDims: false }), [0, 0]]
  ]
  it.each(known)("%s", (_, node, expected) => {
    expect(values(node)).toEqual(expected)
  })

  it("erf is that of the C library, to 1e-15", () => {
    const known = [0, 1e-10, 0.1, 0.5, 1, 1.5, 2, 3, 4.5, -0.7, Number.POSITIVE_INFINITY]
    const expected = [
      0, 1.1283791670955126e-10, 0.1124629160182849, 0.5204998778130465, 0.8427007929497149, 0.9661051464753108,
      0.9953222650189527, 0.9999779095030014, 0.9999999998033839, -0.6778011938374184, 1
    ]
    const found = values(g.erf(vector(...known)))
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-15)
    })
  })

  it("relu and the ops after it let a NaN through", () => {
    expect(values(g.relu(vector(Number.NaN, 1)))[0]).toBeNaN()
  })
})

describe("graphs", () => {
  const [a, x] = [g.input("a", [2], "float32"), g.data("x", [2], "float32")]
  const graph = makeGraph("product", [a], { product: g.mul(a, x), twice: g.add(a, a) })

  it("are given inputs and data by name, and give outputs by name", () => {
    const { product, twice } = evaluateGraph(graph, { a: [1, 2], x: [3, 4] })
    expect([...product!]).toEqual([3, 8])
    expect([...twice!]).toEqual([2, 4])
  })

  it("refuse to run without a value, and name it", () => {
    expect(() => evaluateGraph(graph, { a: [1, 2] })).toThrow(UnboundInput)
    expect(() => evaluateGraph(graph, { a: [1, 2] })).toThrow('product depends on "x"')
    expect(() => evaluate([a], new Map())).toThrow('depends on "a", which is not among what it is given: none')
  })

  it("refuse values of another size", () => {
    expect(() => evaluateGraph(graph, { a: [1, 2, 3], x: [3, 4] })).toThrow(ShapeMismatch)
  })
})
