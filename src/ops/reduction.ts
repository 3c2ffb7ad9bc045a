/**
 * Ops that make one number of many.
 */
import { type Shape, sizeOf, stridesOf } from "../tensor/Shape.ts"
import type { Axes } from "./Build.ts"
import { define } from "./Op.ts"
import { checkAxes, offsets, oneFloat } from "./rules.ts"

/** The shape with the summed axes at size 1. */
const kept = (shape: Shape, axes: ReadonlyArray<number>): Shape =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size))

/** Σ over axes. Source: onnx.ai/onnx/operators/onnx__ReduceSum.html */
export const sum = define(
  "sum",
  1
)<Axes>({
  shape: ([a], { axes, keepDims }) => {
    checkAxes("sum", axes, a)
    return keepDims ? kept(a, axes) : a.filter((_, axis) => !axes.includes(axis))
  },
  dtype: oneFloat("sum"),
  vjp: [
    ({ g, x: [a], attributes: { axes }, ct }) =>
      g.expand(g.reshape(ct, { shape: kept(a.shape, axes) }), { shape: a.shape }) // ā = ȳ, repeated
  ],
  jvp: "multilinear",
  evaluate: ([a], [shape], { axes }, result) => {
    const strides = stridesOf(kept(shape, axes)).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
    const total = new Float64Array(sizeOf(result))
    offsets(shape, strides).forEach((offset, i) => {
      total[offset] = total[offset]! + a[i]!
    })
    return total
  },
  simplify: ({ x: [a], attributes: { axes } }) => (axes.length === 0 ? a : undefined),
  onnx: [
    { opType: "ReduceSum", since: 13, attributes: { keepdims: { from: "keepDims" } }, operands: [{ from: "axes" }] }
  ],
  examples: [
    { shapes: [[2, 3]], attributes: { axes: [0, 1], keepDims: false } },
    { shapes: [[2, 3]], attributes: { axes: [1], keepDims: true } },
    { shapes: [[2, 3, 2]], attributes: { axes: [0, 2], keepDims: false } }
  ]
})
