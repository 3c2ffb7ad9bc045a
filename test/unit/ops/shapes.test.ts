import { describe, expect, it } from "vitest"
import { AxisOutOfRange, RankMismatch, UnknownOp } from "../../../src/graph/Errors.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { DTypeMismatch, ShapeMismatch } from "../../../src/tensor/Errors.ts"
import type { Shape } from "../../../src/tensor/Shape.ts"

const g = makeBuilder()
const float = (name: string, shape: Shape) => g.input(name, shape, "float64")
const a = float("a", [2, 3])

describe("shape rules", () => {
  it("binary ops refuse to broadcast, and say which input is wrong", () => {
    const expected = "mul: input 1 has shape [3], expected [2, 3]"
    expect(() => g.mul(a, float("v", [3]))).toThrow(ShapeMismatch)
    expect(() => g.mul(a, float("v", [3]))).toThrow(expected)
  })

  it("matmul needs equal inner sizes", () => {
    expect(() => g.matmul(a, a)).toThrow("matmul: input 1 has shape [2, 3], expected [3, 3]")
    expect(g.matmul(a, float("b", [3, 5])).shape).toEqual([2, 5])
  })

  it("matrix ops need matrices", () => {
    expect(() => g.transpose(float("v", [3]))).toThrow(RankMismatch)
    expect(() => g.matmul(a, float("v", [3]))).toThrow("matmul: input 1 has shape [3], expected 2 axes, got 1")
  })

  it("reshape keeps the number of elements", () => {
    expect(() => g.reshape(a, { shape: [4] })).toThrow(ShapeMismatch)
    expect(g.reshape(a, { shape: [6] }).shape).toEqual([6])
  })

  it("expand repeats axes of size 1 and new leading axes only", () => {
    expect(() => g.expand(a, { shape: [4, 3] })).toThrow(ShapeMismatch)
    expect(() => g.expand(a, { shape: [3] })).toThrow(ShapeMismatch)
    expect(g.expand(float("v", [1, 3]), { shape: [4, 2, 3] }).shape).toEqual([4, 2, 3])
  })

  it.each([[2], [-1], [0.5]])("sum refuses axis %d of two", (axis) => {
    expect(() => g.sum(a, { axes: [axis], keepDims: false })).toThrow(AxisOutOfRange)
  })

  it("an axis is summed once", () => {
    expect(() => g.sum(a, { axes: [1, 1], keepDims: false })).toThrow("axis 1 of shape [2, 3]")
  })

  it("sum keeps summed axes, with size 1, if asked to", () => {
    expect(g.sum(a, { axes: [0], keepDims: true }).shape).toEqual([1, 3])
    expect(g.sum(a, { axes: [0], keepDims: false }).shape).toEqual([3])
  })

  it("argMax drops its axis and keeps the dtype", () => {
    expect(g.argMax(a, { axis: 0 })).toMatchObject({ shape: [3], dtype: "float64" })
    expect(() => g.argMax(a, { axis: 2 })).toThrow(AxisOutOfRange)
  })

  it("a list of values must fill its shape", () => {
    expect(() => g.constant([1, 2], [3], "float64")).toThrow("constant: its list of values has shape [2], expected [3]")
  })
})

describe("dtype rules", () => {
  it("float32 and float64 do not mix", () => {
    expect(() => g.add(a, g.input("b", [2, 3], "float32"))).toThrow(DTypeMismatch)
    expect(() => g.add(a, g.input("b", [2, 3], "float32"))).toThrow("add: input 1 is float32, expected float64")
  })

  it("whole numbers are refused", () => {
    expect(() => g.neg(g.input("i", [2], "int64"))).toThrow("neg: input 0 is int64, expected float32")
  })
})

describe("names", () => {
  it("an op that does not exist is refused with those that do", () => {
    expect(() => g.apply("sofmax", [a], {})).toThrow(UnknownOp)
    expect(() => g.apply("toString", [a], {})).toThrow('There is no op "toString". Known ops: add, sub')
  })
})
