import { describe, expect, it } from "vitest"
import { makeGraph } from "../../../src/graph/Graph.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { workOf } from "../../../src/ops/work.ts"
import type { Shape } from "../../../src/tensor/Shape.ts"

const g = makeBuilder()
const work = (make: (a: Node, b: Node) => Node, first: Shape, second: Shape): number => {
  const [a, b] = [g.input("a", first, "float32"), g.input("b", second, "float32")]
  return workOf(makeGraph("work", [a, b], { y: make(a, b) }))
}

describe("the work of a graph", () => {
  it("is two operations for every term of a product", () => {
    expect(work((a, b) => g.matmul(a, b), [3, 4], [4, 5])).toBe(2 * 3 * 4 * 5)
    expect(work((a, b) => g.matmul(a, b), [7, 3, 4], [7, 4, 5])).toBe(7 * 2 * 3 * 4 * 5)
  })

  it("is the same for a convolution and its adjoints", () => {
    const form = { strides: [1, 1], padding: [1, 1, 1, 1] }
    const [x, w, c]: ReadonlyArray<Shape> = [
      [2, 3, 8, 8],
      [5, 3, 3, 3],
      [2, 5, 8, 8]
    ]
    const expected = 2 * (2 * 5 * 8 * 8) * (3 * 3 * 3)
    expect(work((a, b) => g.conv2d(a, b, form), x!, w!)).toBe(expected)
    expect(work((a, b) => g.conv2dImage(a, b, { ...form, outputPadding: [0, 0] }), c!, w!)).toBe(expected)
    expect(work((a, b) => g.conv2dKernel(a, b, { ...form, kernel: [3, 3] }), x!, c!)).toBe(expected)
  })

  it("leaves out what is made of data alone, once", () => {
    const [x, w] = [g.data("x", [7, 3], "float32"), g.input("w", [5, 7], "float32")]
    const gram = g.matmul(x, g.transpose(x))
    expect(workOf(makeGraph("work", [w], { y: g.matmul(w, gram) }))).toBe(2 * 5 * 7 * 7)
  })

  it("counts passes over memory by their elements", () => {
    expect(work((a, b) => g.add(a, b), [10], [10])).toBe(160)
  })
})
