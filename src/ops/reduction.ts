/**
 * Ops that make one number of many.
 */
import type { Node } from "../graph/Node.ts"
import { type Shape, sizeOf, stridesOf } from "../tensor/Shape.ts"
import type { Axes, Axis, Builder } from "./Build.ts"
import { define } from "./Op.ts"
import { checkAxes, offsets, oneFloat } from "./rules.ts"

/** The shape with the reduced axes at size 1. */
const kept = (shape: Shape, axes: ReadonlyArray<number>): Shape =>
  shape.map((size, axis) => (axes.includes(axis) ? 1 : size))

const reducedShape =
  (op: string) =>
  ([a]: readonly [Shape], { axes, keepDims }: Axes): Shape => {
    checkAxes(op, axes, a)
    return keepDims ? kept(a, axes) : a.filter((_, axis) => !axes.includes(axis))
  }

/** For each element of a shape, the index of its element of the reduction. */
const targets = (shape: Shape, axes: ReadonlyArray<number>): Int32Array =>
  offsets(
    shape,
    stridesOf(kept(shape, axes)).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  )

/** A reduction over axes, repeated to the shape before it. */
const repeated = (g: Builder, reduced: Node, { axes }: Axes, like: Node): Node =>
  g.expand(g.reshape(reduced, { shape: kept(like.shape, axes) }), { shape: like.shape })

const totals = (
  a: Float64Array,
  shape: Shape,
  axes: ReadonlyArray<number>,
  size: number
): Float64Array<ArrayBuffer> => {
  const total = new Float64Array(size)
  targets(shape, axes).forEach((target, i) => {
    total[target] = total[target]! + a[i]!
  })
  return total
}

const largest = (
  a: Float64Array,
  shape: Shape,
  axes: ReadonlyArray<number>,
  size: number
): Float64Array<ArrayBuffer> => {
  const result = new Float64Array(size).fill(Number.NEGATIVE_INFINITY)
  targets(shape, axes).forEach((target, i) => {
    result[target] = Math.max(result[target]!, a[i]!)
  })
  return result
}

/** What a value repeats along the axes, with size 1 there; undefined if it is not the same all along them. */
const repeatedAlong = (g: Builder, a: Node, axes: ReadonlyArray<number>): Node | undefined => {
  const from = a.op === "expand" ? a.inputs[0]! : undefined
  const shape = kept(a.shape, axes)
  // One number everywhere is in a factor of its own already, and its product is made for more than the sum.
  const isRepeated =
    from !== undefined &&
    from.shape.length > 0 &&
    axes.every((axis) => (from.shape.at(axis - a.shape.length) ?? 1) === 1)
  return isRepeated ? g.expand(from, { shape }) : undefined
}

/** p and s of p · s, where s is the same all along the axes. */
const scaledAlong = (g: Builder, a: Node, axes: ReadonlyArray<number>) => {
  if (a.op !== "mul") return undefined
  const [p, q] = a.inputs as [Node, Node]
  const [first, second] = [repeatedAlong(g, p, axes), repeatedAlong(g, q, axes)]
  return second !== undefined ? { values: p, scale: second } : first && { values: q, scale: first }
}

/**
 * Σ over axes, kept with size 1, from sums that are fewer, or are wanted anyway: of what numbers are multiplied with that are the
 * same all along. Norms and their derivatives then pass over their images once less. Both terms of a sum must be such products,
 * which are rounded as they are made: Σ (a − s) stays, since its differences can be exact where Σ a − n s has no digit left.
 */
const factoredSum = (g: Builder, a: Node, axes: ReadonlyArray<number>): Node | undefined => {
  const total = (of: Node): Node => g.sum(of, { axes, keepDims: true })
  const repeats = repeatedAlong(g, a, axes)
  if (repeats !== undefined) {
    const count = axes.reduce((product, axis) => product * a.shape[axis]!, 1)
    return g.mul(g.constant(count, repeats.shape, a.dtype), repeats) // Σ s = n s
  }
  const scaled = scaledAlong(g, a, axes)
  if (scaled !== undefined) return g.mul(total(scaled.values), scaled.scale) // Σ p s = s Σ p
  if (a.op !== "add" && a.op !== "sub") return undefined
  const [p, q] = a.inputs as [Node, Node]
  const isBoth = [p, q].every((of) => scaledAlong(g, of, axes) !== undefined)
  return isBoth ? g.apply(a.op, [total(p), total(q)], {}) : undefined // Σ (p ± q) = Σ p ± Σ q
}

/** Σ over axes. Source: onnx.ai/onnx/operators/onnx__ReduceSum.html */
export const sum = define(
  "sum",
  1
)<Axes>({
  shape: reducedShape("sum"),
  dtype: oneFloat("sum"),
  vjp: [
    ({ g, x: [a], attributes, ct }) => repeated(g, ct, attributes, a) // ā = ȳ, repeated
  ],
  jvp: "multilinear",
  evaluate: ([a], [shape], { axes }, result) => totals(a, shape, axes, sizeOf(result)),
  simplify: ({ g, x: [a], attributes }) => {
    if (attributes.axes.length === 0) return a
    if (a.op === "neg") return g.neg(g.sum(a.inputs[0]!, attributes)) // Σ −p = −Σ p
    const total = factoredSum(g, a, attributes.axes)
    return total && g.reshape(total, { shape: reducedShape("sum")([a.shape], attributes) })
  },
  onnx: [
    { opType: "ReduceSum", since: 13, attributes: { keepdims: { from: "keepDims" } }, operands: [{ from: "axes" }] }
  ],
  examples: [
    { shapes: [[2, 3]], attributes: { axes: [0, 1], keepDims: false } },
    { shapes: [[2, 3]], attributes: { axes: [1], keepDims: true } },
    { shapes: [[2, 3, 2]], attributes: { axes: [0, 2], keepDims: false } }
  ]
})

/** [a = max a]: where the largest are; and how many there are, in the shape of the reduction. */
const peaks = (g: Builder, a: Node, y: Node, attributes: Axes) => {
  const mask = g.equal(a, repeated(g, y, attributes, a))
  return { mask, count: g.sum(mask, attributes) }
}

/**
 * The largest over axes. Where several are, they share the derivative evenly, as in PyTorch's `amax`.
 * Source: onnx.ai/onnx/operators/onnx__ReduceMax.html
 */
export const max = define(
  "max",
  1
)<Axes>({
  shape: reducedShape("max"),
  dtype: oneFloat("max"),
  vjp: [
    ({ g, x: [a], y, attributes, ct }) => {
      const { mask, count } = peaks(g, a, y, attributes)
      return g.mul(mask, repeated(g, g.div(ct, count), attributes, a)) // ā = [a = y] ȳ / count
    }
  ],
  jvp: [
    ({ g, x: [a], y, attributes, d }) => {
      const { mask, count } = peaks(g, a, y, attributes)
      return g.div(g.sum(g.mul(mask, d), attributes), count) // ẏ = Σ [a = y] ȧ / count
    }
  ],
  evaluate: ([a], [shape], { axes }, result) => largest(a, shape, axes, sizeOf(result)),
  simplify: ({ x: [a], attributes: { axes } }) => (axes.length === 0 ? a : undefined),
  onnx: [
    { opType: "ReduceMax", since: 18, attributes: { keepdims: { from: "keepDims" } }, operands: [{ from: "axes" }] }
  ],
  examples: [
    { shapes: [[2, 3]], attributes: { axes: [0, 1], keepDims: false } },
    { shapes: [[2, 3, 2]], attributes: { axes: [2], keepDims: true } }
  ]
})

/** eᵃ / Σ eᵃ = e^(a − y), the same node in both rules. */
const weightsOf = (g: Builder, a: Node, y: Node, attributes: Axes): Node =>
  g.exp(g.sub(a, repeated(g, y, attributes, a)))

/** log Σ eᵃ over axes, the largest taken out before the exponential: no overflow, and no derivative through the maximum. */
export const logSumExp = define(
  "logSumExp",
  1
)<Axes>({
  shape: reducedShape("logSumExp"),
  dtype: oneFloat("logSumExp"),
  vjp: [
    ({ g, x: [a], y, attributes, ct }) => g.mul(weightsOf(g, a, y, attributes), repeated(g, ct, attributes, a)) // ā = ȳ p
  ],
  jvp: [({ g, x: [a], y, attributes, d }) => g.sum(g.mul(weightsOf(g, a, y, attributes), d), attributes)], // ẏ = ⟨p, ȧ⟩
  evaluate: ([a], [shape], { axes }, result) => {
    const top = largest(a, shape, axes, sizeOf(result))
    const to = targets(shape, axes)
    const shifted = a.map((value, i) => Math.exp(value - top[to[i]!]!))
    return totals(shifted, shape, axes, sizeOf(result)).map((total, i) => top[i]! + Math.log(total))
  },
  composed: ({ g, x: [a], attributes }) => {
    const top = g.max(a, attributes)
    return g.add(top, g.log(g.sum(weightsOf(g, a, top, attributes), attributes)))
  },
  examples: [
    { shapes: [[2, 3]], attributes: { axes: [0], keepDims: false } },
    { shapes: [[2, 3, 2]], attributes: { axes: [0, 2], keepDims: true } },
    { shapes: [[2, 3]], attributes: { axes: [1], keepDims: false }, range: [900, 1000] }
  ]
})

/** y (d − Σ y d): softmax is its own adjoint. */
const projected = (g: Builder, y: Node, { axis }: Axis, d: Node): Node => {
  const axes = { axes: [axis], keepDims: true }
  return g.mul(y, g.sub(d, g.expand(g.sum(g.mul(y, d), axes), { shape: y.shape })))
}

/** eᵃ / Σ eᵃ along an axis. Source: onnx.ai/onnx/operators/onnx__Softmax.html */
export const softmax = define(
  "softmax",
  1
)<Axis>({
  shape: ([a], { axis }) => {
    checkAxes("softmax", [axis], a)
    return a
  },
  dtype: oneFloat("softmax"),
  vjp: [({ g, y, attributes, ct }) => projected(g, y, attributes, ct)], // ā = y (ȳ − Σ y ȳ)
  jvp: [({ g, y, attributes, d }) => projected(g, y, attributes, d)],
  evaluate: ([a], [shape], { axis }) => {
    const to = targets(shape, [axis])
    const size = sizeOf(kept(shape, [axis]))
    const top = largest(a, shape, [axis], size)
    const shifted = a.map((value, i) => Math.exp(value - top[to[i]!]!))
    const total = totals(shifted, shape, [axis], size)
    return shifted.map((value, i) => value / total[to[i]!]!)
  },
  onnx: [{ opType: "Softmax", since: 13, attributes: { axis: { from: "axis" } } }],
  examples: [
    { shapes: [[2, 3]], attributes: { axis: 1 } },
    { shapes: [[2, 3, 2]], attributes: { axis: 1 } }
  ]
})
