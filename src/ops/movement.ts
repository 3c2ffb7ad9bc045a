/**
 * Ops that place elements without calculating: other shapes, and repetition.
 */
import { ShapeMismatch } from "../tensor/Errors.ts"
import { type Shape, sameShape, sizeOf, stridesOf } from "../tensor/Shape.ts"
import type { ToShape } from "./Build.ts"
import { filledWith } from "./constants.ts"
import { define } from "./Op.ts"
import { offsets, oneFloat } from "./rules.ts"

/** The same elements in another shape. Source: onnx.ai/onnx/operators/onnx__Reshape.html */
export const reshape = define(
  "reshape",
  1
)<ToShape>({
  shape: ([a], { shape }) => {
    if (sizeOf(a) !== sizeOf(shape))
      throw new ShapeMismatch({ op: "reshape", where: "input 0", expected: shape, actual: a })
    return shape
  },
  dtype: oneFloat("reshape"),
  vjp: [({ g, x: [a], ct }) => g.reshape(ct, { shape: a.shape })],
  jvp: "multilinear",
  evaluate: ([a]) => a.slice(),
  simplify: ({ g, x: [a], attributes: { shape } }) => {
    if (sameShape(a.shape, shape)) return a
    const value = filledWith(a)
    if (value !== undefined) return g.constant(value, shape, a.dtype)
    const from = a.inputs[0]
    if (a.op === "reshape") return g.reshape(from!, { shape })
    if (a.op !== "sum" || a.attributes["keepDims"] === false) return undefined
    const total = g.sum(from!, { axes: a.attributes["axes"] as ReadonlyArray<number>, keepDims: false })
    return sameShape(total.shape, shape) ? total : undefined
  },
  onnx: [{ opType: "Reshape", since: 14, operands: [{ from: "shape" }] }],
  examples: [
    { shapes: [[2, 3]], attributes: { shape: [3, 2] } },
    { shapes: [[]], attributes: { shape: [1, 1] } }
  ]
})

/** Sizes and strides of a in the axes of the result: stride 0 where it is repeated. */
const repeated = (a: Shape, shape: Shape) => {
  const aligned = [...new Array<number>(Math.max(shape.length - a.length, 0)).fill(1), ...a]
  const strides = stridesOf(aligned).map((stride, axis) => (aligned[axis] === shape[axis] ? stride : 0))
  return { aligned, strides, axes: aligned.flatMap((size, axis) => (size === shape[axis] ? [] : [axis])) }
}

/** a repeated to a shape, axes aligned from the last. Source: onnx.ai/onnx/operators/onnx__Expand.html */
export const expand = define(
  "expand",
  1
)<ToShape>({
  shape: ([a], { shape }) => {
    const { aligned } = repeated(a, shape)
    const fits = aligned.length === shape.length && aligned.every((size, axis) => size === 1 || size === shape[axis])
    if (!fits) throw new ShapeMismatch({ op: "expand", where: "input 0", expected: shape, actual: a })
    return shape
  },
  dtype: oneFloat("expand"),
  vjp: [
    ({ g, x: [a], attributes: { shape }, ct }) =>
      g.reshape(g.sum(ct, { axes: repeated(a.shape, shape).axes, keepDims: true }), { shape: a.shape }) // ā = Σ ȳ over what was repeated
  ],
  jvp: "multilinear",
  evaluate: ([a], [from], { shape }) =>
    Float64Array.from(offsets(shape, repeated(from, shape).strides), (offset) => a[offset]!),
  simplify: ({ g, x: [a], attributes: { shape } }) => {
    if (sameShape(a.shape, shape)) return a
    const value = filledWith(a)
    if (value !== undefined) return g.constant(value, shape, a.dtype)
    const from = a.inputs[0]
    if (a.op === "expand") return g.expand(from!, { shape })
    const isPadded = a.op === "reshape" && sameShape(repeated(from!.shape, a.shape).aligned, a.shape)
    return isPadded ? g.expand(from!, { shape }) : undefined // new leading axes come with the repetition
  },
  onnx: [{ opType: "Expand", since: 13, operands: [{ from: "shape" }] }],
  examples: [
    { shapes: [[]], attributes: { shape: [2, 3] } },
    { shapes: [[2, 1]], attributes: { shape: [2, 3] } },
    { shapes: [[3]], attributes: { shape: [2, 3] } }
  ]
})
