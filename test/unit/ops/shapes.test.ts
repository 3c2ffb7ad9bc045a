import { describe, expect, it } from "vitest"
import { AxisOutOfRange, InvalidAttribute, RankMismatch, UnknownOp } from "../../../src/graph/Errors.ts"
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

describe("shape rules of images", () => {
  const x = float("x", [2, 3, 8, 6])
  const w = float("w", [4, 3, 3, 3])
  const same = { strides: [1, 1], padding: [1, 1, 1, 1] }

  it("conv2d gives one image per kernel, smaller by strides and larger by padding", () => {
    expect(g.conv2d(x, w, same).shape).toEqual([2, 4, 8, 6])
    expect(g.conv2d(x, w, { ...same, strides: [2, 2] }).shape).toEqual([2, 4, 4, 3])
    expect(g.conv2d(x, w, { strides: [1, 1], padding: [0, 0, 0, 0] }).shape).toEqual([2, 4, 6, 4])
  })

  it("conv2d refuses kernels for other channels, images that are too small, and other ranks", () => {
    expect(() => g.conv2d(x, float("v", [4, 2, 3, 3]), same)).toThrow(
      "conv2d: input 1 has shape [4, 2, 3, 3], expected"
    )
    expect(() => g.conv2d(float("s", [2, 3, 1, 1]), w, { ...same, padding: [0, 0, 0, 0] })).toThrow(ShapeMismatch)
    expect(() => g.conv2d(a, w, same)).toThrow(RankMismatch)
  })

  it.each([
    ["strides", { ...same, strides: [1] }, "strides is [1], expected 2 whole numbers of at least 1"],
    ["strides of 0", { ...same, strides: [0, 1] }, "strides is [0, 1]"],
    ["padding as wide as the kernel", { ...same, padding: [3, 0, 0, 0] }, "expected less than the kernel's size 3 × 3"]
  ])("conv2d refuses other %s", (_, attributes, message) => {
    expect(() => g.conv2d(x, w, attributes)).toThrow(InvalidAttribute)
    expect(() => g.conv2d(x, w, attributes)).toThrow(message)
  })

  it("the adjoints give back the shapes of images and kernels", () => {
    const strided = { ...same, strides: [2, 2] }
    const ct = float("ct", [2, 4, 4, 3])
    expect(g.conv2dImage(ct, w, { ...strided, outputPadding: [1, 1] }).shape).toEqual(x.shape)
    expect(g.conv2dKernel(x, ct, { ...strided, kernel: [3, 3] }).shape).toEqual(w.shape)
    expect(() => g.conv2dKernel(x, ct, { ...same, kernel: [3, 3] })).toThrow("conv2dKernel: input 1 has shape")
  })

  it("windows of pooling must tile the image", () => {
    expect(g.maxPool2d(x, { size: [2, 3] }).shape).toEqual([2, 3, 4, 2])
    expect(() => g.avgPool2d(x, { size: [3, 3] })).toThrow("expected windows that tile an image of 8 × 6")
  })
})

describe("shape rules of placement", () => {
  it("permute names every axis once", () => {
    expect(g.permute(float("t", [2, 3, 4]), { order: [2, 0, 1] }).shape).toEqual([4, 2, 3])
    expect(() => g.permute(a, { order: [0, 0] })).toThrow(AxisOutOfRange)
    expect(() => g.permute(a, { order: [0] })).toThrow(InvalidAttribute)
  })

  it("concat joins along one axis what is equal along the others", () => {
    expect(g.concat(a, float("b", [2, 4]), { axis: 1 }).shape).toEqual([2, 7])
    expect(() => g.concat(a, float("b", [3, 4]), { axis: 1 })).toThrow(
      "concat: input 1 has shape [3, 4], expected [2, 4]"
    )
  })

  it("slice stays inside, and takes something", () => {
    const range = { axes: [1], starts: [0], ends: [3], steps: [2] }
    expect(g.slice(a, range).shape).toEqual([2, 2])
    expect(() => g.slice(a, { ...range, ends: [4] })).toThrow(
      "range is [0, 4], expected a start, then an end of at most 3"
    )
    expect(() => g.slice(a, { ...range, starts: [3] })).toThrow(InvalidAttribute)
  })

  it("pad needs a number of zeros for both sides of every axis", () => {
    expect(g.pad(a, { pads: [1, 0, 0, 2] }).shape).toEqual([3, 5])
    expect(() => g.pad(a, { pads: [1, 0] })).toThrow("pad: pads is [1, 0], expected 4 whole numbers of at least 0")
  })

  it("products of many matrices need equal leading axes", () => {
    const many = float("many", [5, 2, 3])
    expect(g.matmul(many, g.transpose(many)).shape).toEqual([5, 2, 2])
    expect(() => g.matmul(many, float("b", [4, 3, 2]))).toThrow("has shape [4, 3, 2], expected [5, 3, 2]")
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
