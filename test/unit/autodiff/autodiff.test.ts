import { describe, expect, it } from "vitest"
import { factored } from "../../../src/autodiff/factored.ts"
import { hvp } from "../../../src/autodiff/hvp.ts"
import { jvp } from "../../../src/autodiff/jvp.ts"
import { linearize } from "../../../src/autodiff/linearize.ts"
import { gradients, vjp } from "../../../src/autodiff/vjp.ts"
import { NotDifferentiable, UnknownOp } from "../../../src/graph/Errors.ts"
import type { Node } from "../../../src/graph/Node.ts"
import { order } from "../../../src/graph/order.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { substitute } from "../../../src/ops/substitute.ts"

const g = makeBuilder()
const float = (name: string, shape: ReadonlyArray<number> = [3]) => g.input(name, shape, "float64")
const [a, b, d, c] = [float("a"), float("b"), float("d"), float("c")]

describe("vjp", () => {
  it("is absent, not zero, where the result does not depend on x", () => {
    expect(vjp(g, new Map([[g.tanh(a), c]]), [b])).toEqual([undefined])
    expect(vjp(g, new Map([[g.positive(a), c]]), [a])).toEqual([undefined])
  })

  it("makes no cotangent that nobody asked for", () => {
    const w = float("w", [2, 3])
    const x = g.data("x", [3, 4], "float64")
    const [slope] = vjp(g, new Map([[g.matmul(w, x), float("ct", [2, 4])]]), [w])
    expect(order([slope!]).map((node) => node.op)).toEqual(["input", "data", "transpose", "matmul"])
  })

  it("sums over every way from x to the result", () => {
    const [slope] = vjp(g, new Map([[g.mul(g.tanh(a), a), c]]), [a])
    expect(slope!.op).toBe("add")
  })

  it("takes several results at once", () => {
    const both = new Map([
      [g.neg(a), c],
      [g.mul(a, b), d]
    ] as const)
    expect(vjp(g, both, [a, b])).toEqual([g.sub(g.mul(d, b), c), g.mul(d, a)])
  })

  it("gives the cotangent of a value in the middle, and of what is below it", () => {
    const middle = g.tanh(a)
    const [atMiddle, atA] = vjp(g, new Map([[g.neg(middle), c]]), [middle, a])
    expect(atMiddle).toBe(g.neg(c))
    expect(atA).toBeDefined()
  })

  it("does not pass through an op without a derivative, unless nothing depends on it", () => {
    const place = (of: Node): Node => g.expand(g.argMax(of, { axis: 0 }), { shape: [3] })
    expect(() => vjp(g, new Map([[place(b), c]]), [b])).toThrow(NotDifferentiable)
    expect(() => vjp(g, new Map([[place(b), c]]), [b])).toThrow("argMax has no derivative in its input 0")
    expect(vjp(g, new Map([[g.mul(a, place(b)), d]]), [a])).toEqual([g.mul(d, place(b))])
  })

  it("names an op that is not in the table", () => {
    const foreign = { ...g.tanh(a), op: "sofmax" }
    expect(() => vjp(g, new Map([[foreign, c]]), [a])).toThrow(UnknownOp)
  })
})

describe("jvp", () => {
  it("is absent, not zero, where y does not move", () => {
    expect(jvp(g, [g.tanh(b), g.positive(a)], new Map([[a, d]]))).toEqual([undefined, undefined])
  })

  it("through a multilinear op is the op with one input replaced", () => {
    expect(jvp(g, [g.mul(a, b)], new Map([[b, d]]))).toEqual([g.mul(a, d)])
  })

  it("sums over every input that moves", () => {
    expect(jvp(g, [g.mul(a, a)], new Map([[a, d]]))).toEqual([g.mul(g.constant(2, [3], "float64"), g.mul(d, a))])
  })
})

describe("gradients", () => {
  it("of Σ a b in a are b", () => {
    const loss = g.sum(g.mul(a, b), { axes: [0], keepDims: false })
    expect(gradients(g, loss, [a])).toEqual([b])
  })
})

describe("hvp", () => {
  it("is absent where the gradient is constant", () => {
    const loss = g.sum(g.mul(a, b), { axes: [0], keepDims: false })
    const { gradients: slopes, products } = hvp(g, loss, [a, c], [d, d])
    expect(slopes).toEqual([b, undefined])
    expect(products).toEqual([undefined, undefined])
  })
})

describe("factored", () => {
  it("a (b d) + c d becomes (a b + c) d", () => {
    expect(factored(g, [g.add(g.mul(a, g.mul(b, d)), g.mul(c, d))], [d])).toEqual([g.mul(g.add(g.mul(b, a), c), d)])
  })

  it("d − b d becomes (1 − b) d, and −(b d) becomes (−b) d", () => {
    const one = g.constant(1, [3], "float64")
    expect(factored(g, [g.sub(d, g.mul(b, d))], [d])).toEqual([g.mul(g.sub(one, b), d)])
    expect(factored(g, [g.neg(g.mul(b, d))], [d])).toEqual([g.mul(g.neg(b), d)])
  })

  it("leaves other ops where they are, and factors below them", () => {
    const row = g.reshape(g.mul(a, g.mul(b, d)), { shape: [1, 3] })
    expect(factored(g, [row], [d])).toEqual([g.reshape(g.mul(g.mul(b, a), d), { shape: [1, 3] })])
  })
})

describe("linearize", () => {
  const w = float("w", [2, 3])
  const x = g.data("x", [4, 3], "float64")
  const direction = float("w.direction", [2, 3])
  const z = g.tanh(g.matmul(w, g.transpose(x)))
  const loss = g.sum(g.mul(z, z), { axes: [0, 1], keepDims: false })
  const { saved, slots, products } = linearize(g, loss, [w], [direction])

  it("leaves nothing in the products that only depends on the point", () => {
    const left = order([products[0]!]).filter((node) => node.op === "input")
    expect(new Set(left)).toEqual(new Set([...slots, direction]))
    expect(order([products[0]!]).some((node) => node.op === "tanh")).toBe(false)
  })

  it("saves nothing that is made of data alone", () => {
    const y = g.data("y", [2, 4], "float64")
    const weighted = g.sum(g.mul(g.exp(y), g.mul(z, z)), { axes: [0, 1], keepDims: false })
    for (const node of linearize(g, weighted, [w], [direction]).saved) {
      expect(order([node]).some(({ op }) => op === "input")).toBe(true)
    }
  })

  it("saves one factor here: the whole second derivative of the activation and the loss", () => {
    expect(saved.map((node) => node.shape)).toEqual([[2, 4]])
    expect(slots.map((slot) => slot.attributes)).toEqual([{ name: "saved.0" }])
  })
})

describe("substitute", () => {
  it("builds anew what depends on a replaced node, simplified, and leaves the rest", () => {
    const other = g.tanh(b)
    const [sum, same] = substitute(g, [g.add(g.neg(a), other), other], new Map([[a, g.neg(c)]]))
    expect(sum).toBe(g.add(c, other))
    expect(same).toBe(other)
  })
})
