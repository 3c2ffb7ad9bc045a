import { describe, expect, it } from "vitest"
import type { Node } from "../../../src/graph/Node.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { evaluate } from "../../../src/ops/evaluate.ts"
import type { Shape } from "../../../src/tensor/Shape.ts"

const g = makeBuilder()
const float = (name: string, shape: Shape) => g.input(name, shape, "float64")
const [a, b, s] = [float("a", [2, 3]), float("b", [2, 3]), float("s", [])]
const t3 = float("t3", [2, 3, 4])
const filled = (value: number, shape: Shape = [2, 3]) => g.constant(value, shape, "float64")
const everywhere = (node: Node) => g.expand(node, { shape: [2, 3] })
const [r, q] = [float("r", [2, 1]), float("q", [2, 1])]
const rows = (node: Node) => g.sum(node, { axes: [1], keepDims: true })

describe("equal computations are one node", () => {
  it("for equal ops, inputs and attributes", () => {
    expect(g.tanh(g.sub(a, b))).toBe(g.tanh(g.sub(a, b)))
    expect(float("a", [2, 3])).toBe(a)
    expect(g.sum(a, { keepDims: false, axes: [0] })).toBe(g.sum(a, { axes: [0], keepDims: false }))
  })

  it("in any order, where order does not matter", () => {
    expect(g.mul(b, a)).toBe(g.mul(a, b))
    expect(g.sub(b, a)).not.toBe(g.sub(a, b))
  })

  it("but not for other attributes, shapes, dtypes or names", () => {
    expect(g.sum(a, { axes: [0], keepDims: true })).not.toBe(g.sum(a, { axes: [0], keepDims: false }))
    expect(filled(1, [2])).not.toBe(filled(1, [3]))
    expect(g.input("a", [2, 3], "float32")).not.toBe(a)
    expect(g.data("a", [2, 3], "float64")).not.toBe(a)
  })

  it("for a list of equal values and a filled constant", () => {
    expect(g.constant([5, 5], [2], "float64")).toBe(filled(5, [2]))
  })

  it("within one builder: another one starts empty, and takes nodes of the first", () => {
    const other = makeBuilder()
    expect(other.tanh(a)).toEqual(g.tanh(a))
    expect(other.tanh(a)).not.toBe(g.tanh(a))
  })
})

describe("simplification", () => {
  const same: ReadonlyArray<readonly [string, Node, Node]> = [
    ["a + 0 = a", g.add(a, filled(0)), a],
    ["0 + a = a", g.add(filled(0), a), a],
    ["a + a = 2 a", g.add(a, a), g.mul(filled(2), a)],
    ["a + (−b) = a − b", g.add(a, g.neg(b)), g.sub(a, b)],
    ["(−a) + b = b − a", g.add(g.neg(a), b), g.sub(b, a)],
    ["a − 0 = a", g.sub(a, filled(0)), a],
    ["0 − a = −a", g.sub(filled(0), a), g.neg(a)],
    ["a − (−b) = a + b", g.sub(a, g.neg(b)), g.add(a, b)],
    ["1 · a = a", g.mul(filled(1), a), a],
    ["a · (−1) = −a", g.mul(a, filled(-1)), g.neg(a)],
    ["2 · (−a) = (−2) · a", g.mul(filled(2), g.neg(a)), g.mul(filled(-2), a)],
    ["2 · (3 · a) = 6 · a", g.mul(filled(2), g.mul(filled(3), a)), g.mul(filled(6), a)],
    [
      "2 · (s · a) = (2 s) · a",
      g.mul(filled(2), g.mul(everywhere(s), a)),
      g.mul(everywhere(g.mul(filled(2, []), s)), a)
    ],
    ["2 · (3 · s) = 6 · s, for scalars", g.mul(filled(2, []), g.mul(s, filled(3, []))), g.mul(filled(6, []), s)],
    ["a / 1 = a", g.div(a, filled(1)), a],
    ["−(−a) = a", g.neg(g.neg(a)), a],
    ["−(a − b) = b − a", g.neg(g.sub(a, b)), g.sub(b, a)],
    ["−(2 a) = (−2) a", g.neg(g.mul(filled(2), a)), g.mul(filled(-2), a)],
    ["−(a · 2) = (−2) a", g.neg(g.mul(a, filled(2))), g.mul(filled(-2), a)],
    ["aᵀᵀ = a", g.transpose(g.transpose(a)), a],
    ["a permutation that changes nothing", g.permute(a, { order: [0, 1] }), a],
    ["a permutation of the last two axes", g.permute(a, { order: [1, 0] }), g.transpose(a)],
    ["a permutation undone", g.permute(g.permute(t3, { order: [2, 0, 1] }), { order: [1, 2, 0] }), t3],
    ["no padding", g.pad(a, { pads: [0, 0, 0, 0] }), a],
    ["zeros around zeros", g.pad(filled(0), { pads: [1, 0, 1, 1] }), filled(0, [4, 4])],
    ["a slice that is all of it", g.slice(a, { axes: [1], starts: [0], ends: [3], steps: [1] }), a],
    [
      "a slice of a filled constant",
      g.slice(filled(4), { axes: [1], starts: [1], ends: [3], steps: [1] }),
      filled(4, [2, 2])
    ],
    [
      "axes of size 1 reversed",
      g.reverse(g.reshape(a, { shape: [1, 6] }), { axes: [0] }),
      g.reshape(a, { shape: [1, 6] })
    ],
    ["a to the power 1", g.pow(a, { exponent: 1 }), a],
    ["a to the power 2", g.pow(a, { exponent: 2 }), g.mul(a, a)],
    ["a to the power −1/2", g.pow(a, { exponent: -0.5 }), g.rsqrt(a)],
    ["a maximum over no axis", g.max(a, { axes: [], keepDims: false }), a],
    ["reshape to its own shape", g.reshape(a, { shape: [2, 3] }), a],
    ["reshape of reshape", g.reshape(g.reshape(a, { shape: [6] }), { shape: [3, 2] }), g.reshape(a, { shape: [3, 2] })],
    ["reshape of a filled constant", g.reshape(filled(4), { shape: [6] }), filled(4, [6])],
    [
      "dropping axes that a sum kept",
      g.reshape(g.sum(a, { axes: [1], keepDims: true }), { shape: [2] }),
      g.sum(a, { axes: [1], keepDims: false })
    ],
    ["expand to its own shape", everywhere(a), a],
    ["expand of expand", everywhere(g.expand(s, { shape: [3] })), everywhere(s)],
    ["expand of new leading axes", everywhere(g.reshape(s, { shape: [1, 1] })), everywhere(s)],
    ["expand of a filled constant", everywhere(filled(4, [])), filled(4)],
    ["Σ r = n r, of values that repeat along the axis", rows(everywhere(r)), g.mul(filled(3, [2, 1]), r)],
    ["Σ a r = r Σ a", rows(g.mul(a, everywhere(r))), g.mul(rows(a), r)],
    [
      "Σ (a r + b q) = r Σ a + q Σ b",
      rows(g.add(g.mul(a, everywhere(r)), g.mul(everywhere(q), b))),
      g.add(g.mul(rows(a), r), g.mul(rows(b), q))
    ],
    [
      "Σ a r without its axis",
      g.sum(g.mul(a, everywhere(r)), { axes: [1], keepDims: false }),
      g.reshape(g.mul(rows(a), r), { shape: [2] })
    ],
    [
      "a among zeros + b among zeros beside it = both beside each other among zeros",
      g.add(g.pad(b, { pads: [1, 5, 0, 0] }), g.pad(a, { pads: [1, 2, 0, 3] })),
      g.pad(g.concat(a, b, { axis: 1 }), { pads: [1, 2, 0, 0] })
    ],
    [
      "two halves of a whole = both beside each other",
      g.add(g.pad(a, { pads: [0, 0, 2, 0] }), g.pad(b, { pads: [2, 0, 0, 0] })),
      g.concat(a, b, { axis: 0 })
    ],
    ["a sum over no axis", g.sum(a, { axes: [], keepDims: false }), a],
    ["an op of filled constants", g.sub(filled(3), filled(5)), filled(-2)],
    ["an op of repeated values", g.tanh(everywhere(s)), everywhere(g.tanh(s))],
    ["an op of values repeated alike", g.add(everywhere(s), filled(2)), everywhere(g.add(s, filled(2, [])))]
  ]
  it.each(same)("%s", (_, left, right) => {
    expect(left).toBe(right)
  })

  it("does not hide a NaN: a · 0, a − a and a / a stay", () => {
    for (const node of [g.mul(a, filled(0)), g.sub(a, a), g.div(a, a)]) {
      const given = new Map([[a, new Float64Array(6).fill(Number.NaN)]])
      expect(evaluate([node], given)[0]![0]).toBeNaN()
    }
  })

  it("leaves sums alone that drop other axes than they kept", () => {
    const kept = g.sum(float("t", [2, 1]), { axes: [0], keepDims: true })
    expect(g.reshape(kept, { shape: [1] })).toBe(g.sum(float("t", [2, 1]), { axes: [0], keepDims: false }))
    expect(g.reshape(g.sum(a, { axes: [1], keepDims: true }), { shape: [1, 2] }).op).toBe("reshape")
  })

  it("leaves alone sums of what varies along the axes, and of one number everywhere, which is a factor of its own already", () => {
    expect(g.sum(g.mul(a, everywhere(r)), { axes: [0], keepDims: true }).op).toBe("sum")
    expect(g.sum(g.mul(a, everywhere(s)), { axes: [1], keepDims: true }).op).toBe("sum")
    expect(rows(g.add(a, b)).op).toBe("sum")
    expect(rows(g.sub(a, everywhere(r))).op).toBe("sum") // exact for a near r
    expect(rows(g.add(g.mul(a, everywhere(r)), b)).op).toBe("sum")
  })

  it("leaves alone values among zeros that overlap, leave a gap or differ along two axes", () => {
    const among = (node: Node, pads: ReadonlyArray<number>): Node => g.pad(node, { pads })
    for (const [left, right] of [
      [among(a, [0, 0, 0, 3]), among(b, [0, 2, 0, 1])],
      [among(a, [0, 0, 0, 4]), among(b, [0, 4, 0, 0])],
      [among(a, [0, 0, 2, 3]), among(b, [2, 3, 0, 0])]
    ] as ReadonlyArray<readonly [Node, Node]>)
      expect(g.add(left, right).op).toBe("add")
  })

  it("can be switched off", () => {
    const raw = makeBuilder({ simplify: false })
    expect(raw.neg(raw.neg(a)).inputs[0]!.op).toBe("neg")
  })
})
