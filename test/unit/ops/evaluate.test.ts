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
