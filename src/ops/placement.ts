/**
 * Ops that put elements at other indices: axes in another order, zeros around, parts, reversed, joined.
 */
import { InvalidAttribute } from "../graph/Errors.ts"
import type { Node } from "../graph/Node.ts"
import { ShapeMismatch } from "../tensor/Errors.ts"
import { type Shape, sameShape, sizeOf, stridesOf } from "../tensor/Shape.ts"
import type { Axis, Builder, Order, Pads, Range } from "./Build.ts"
import { filledWith } from "./constants.ts"
import { define } from "./Op.ts"
import { checkAxes, checkWhole, offsets, oneFloat } from "./rules.ts"

const inverse = (order: ReadonlyArray<number>): ReadonlyArray<number> => order.map((_, axis) => order.indexOf(axis))

const isIdentity = (order: ReadonlyArray<number>): boolean => order.every((axis, i) => axis === i)

const isTransposition = (order: ReadonlyArray<number>): boolean => {
  const rank = order.length
  return rank >= 2 && isIdentity([...order.slice(0, -2), order[rank - 1]!, order[rank - 2]!])
}

/** The axes in another order. Source: onnx.ai/onnx/operators/onnx__Transpose.html */
export const permute = define(
  "permute",
  1
)<Order>({
  shape: ([a], { order }) => {
    checkAxes("permute", order, a)
    checkWhole("permute", "order", order, a.length, 0)
    return order.map((axis) => a[axis]!)
  },
  dtype: oneFloat("permute"),
  vjp: [({ g, attributes: { order }, ct }) => g.permute(ct, { order: inverse(order) })],
  jvp: "multilinear",
  evaluate: ([a], [from], { order }, shape) => {
    const strides = stridesOf(from)
    const moved = order.map((axis) => strides[axis]!)
    return Float64Array.from(offsets(shape, moved), (offset) => a[offset]!)
  },
  simplify: ({ g, x: [a], attributes: { order } }) => {
    if (isIdentity(order)) return a
    if (a.op === "permute") {
      const before = a.attributes["order"] as ReadonlyArray<number>
      return g.permute(a.inputs[0]!, { order: order.map((axis) => before[axis]!) })
    }
    return isTransposition(order) ? g.transpose(a) : undefined
  },
  onnx: [{ opType: "Transpose", since: 13, attributes: { perm: { from: "order" } } }],
  examples: [
    { shapes: [[2, 3, 4]], attributes: { order: [2, 0, 1] } },
    { shapes: [[2, 3, 2, 2]], attributes: { order: [0, 2, 1, 3] } },
    { shapes: [[2, 3]], attributes: { order: [1, 0] } }
  ]
})

/** Zeros around a value. Source: onnx.ai/onnx/operators/onnx__Pad.html */
export const pad = define(
  "pad",
  1
)<Pads>({
  shape: ([a], { pads }) => {
    checkWhole("pad", "pads", pads, 2 * a.length, 0)
    return a.map((size, axis) => pads[axis]! + size + pads[a.length + axis]!)
  },
  dtype: oneFloat("pad"),
  vjp: [({ g, x: [a], attributes: { pads }, ct }) => cut(g, ct, pads.slice(0, a.shape.length), a.shape)], // ā = ȳ without the rim
  jvp: "multilinear",
  evaluate: ([a], [from], { pads }, shape) => {
    const strides = stridesOf(shape)
    const start = from.reduce((sum, _, axis) => sum + pads[axis]! * strides[axis]!, 0)
    const result = new Float64Array(sizeOf(shape))
    offsets(from, strides).forEach((offset, i) => {
      result[start + offset] = a[i]!
    })
    return result
  },
  simplify: ({ g, x: [a], attributes: { pads }, shape }) => {
    if (pads.every((count) => count === 0)) return a
    return filledWith(a) === 0 ? g.constant(0, shape, a.dtype) : undefined
  },
  onnx: [{ opType: "Pad", since: 13, operands: [{ from: "pads" }] }],
  examples: [
    { shapes: [[2, 3]], attributes: { pads: [1, 0, 0, 2] } },
    { shapes: [[1, 2, 2]], attributes: { pads: [0, 1, 1, 0, 1, 1] } }
  ]
})

/**
 * The sum of two values among zeros, of which the first ends where the second begins, along one axis: both beside each other, among
 * zeros. Undefined where they do not meet so. The derivative of values that were cut out of one is made of such sums.
 */
export const besides = (g: Builder, first: Node, second: Node): Node | undefined => {
  if (first.op !== "pad" || second.op !== "pad") return undefined
  const [a, b] = [first.inputs[0]!, second.inputs[0]!]
  const [p, q] = [first, second].map(({ attributes }) => attributes["pads"] as ReadonlyArray<number>) as [Shape, Shape]
  const rank = first.shape.length
  const apart = first.shape.flatMap((_, axis) =>
    p[axis] === q[axis] && p[rank + axis] === q[rank + axis] ? [] : [axis]
  )
  const [axis, ...others] = apart
  if (axis === undefined || others.length > 0 || p[axis]! + a.shape[axis]! !== q[axis]) return undefined
  return g.pad(g.concat(a, b, { axis }), { pads: p.with(rank + axis, q[rank + axis]!) })
}

/** The part of a value of this shape that starts at an index. */
const cut = (g: Builder, a: Node, starts: ReadonlyArray<number>, shape: Shape): Node => {
  const axes = shape.flatMap((size, axis) => (size === a.shape[axis] ? [] : [axis]))
  return g.slice(a, {
    axes,
    starts: axes.map((axis) => starts[axis]!),
    ends: axes.map((axis) => starts[axis]! + shape[axis]!),
    steps: axes.map(() => 1)
  })
}

const checkRange = (a: Shape, { axes, starts, ends, steps }: Range): void => {
  checkAxes("slice", axes, a)
  checkWhole("slice", "starts", starts, axes.length, 0)
  checkWhole("slice", "ends", ends, axes.length, 0)
  checkWhole("slice", "steps", steps, axes.length, 1)
  axes.forEach((axis, i) => {
    if (starts[i]! < ends[i]! && ends[i]! <= a[axis]!) return
    const expected = `a start, then an end of at most ${a[axis]}, for axis ${axis}`
    throw new InvalidAttribute({ op: "slice", attribute: "range", expected, actual: [starts[i]!, ends[i]!] })
  })
}

/** Zeros wherever a slice of this shape did not reach. */
const spread = (g: Builder, ct: Node, { axes, starts, steps }: Range, shape: Shape): Node => {
  const at = (axis: number, list: ReadonlyArray<number>, otherwise: number): number =>
    axes.includes(axis) ? list[axes.indexOf(axis)]! : otherwise
  const stepOf = shape.map((_, axis) => at(axis, steps, 1))
  const spaced = ct.shape.map((size, axis) => size * stepOf[axis]!)
  const doubled = ct.shape.flatMap((size) => [size, 1])
  const gaps = g.pad(g.reshape(ct, { shape: doubled }), {
    pads: [...doubled.map(() => 0), ...stepOf.flatMap((step) => [0, step - 1])]
  })
  const start = shape.map((_, axis) => at(axis, starts, 0))
  // The last element's gap can reach beyond the end.
  const room = shape.map((size, axis) => Math.min(spaced[axis]!, size - start[axis]!))
  const fitting = cut(
    g,
    g.reshape(gaps, { shape: spaced }),
    shape.map(() => 0),
    room
  )
  return g.pad(fitting, { pads: [...start, ...shape.map((size, axis) => size - start[axis]! - room[axis]!)] })
}

/** A part of a value, every step-th element of it. Source: onnx.ai/onnx/operators/onnx__Slice.html */
export const slice = define(
  "slice",
  1
)<Range>({
  shape: ([a], range) => {
    checkRange(a, range)
    const { axes, starts, ends, steps } = range
    return a.map((size, axis) => {
      const i = axes.indexOf(axis)
      return i < 0 ? size : Math.ceil((ends[i]! - starts[i]!) / steps[i]!)
    })
  },
  dtype: oneFloat("slice"),
  vjp: [({ g, x: [a], attributes, ct }) => spread(g, ct, attributes, a.shape)], // ā = ȳ where it came from, else 0
  jvp: "multilinear",
  evaluate: ([a], [from], { axes, starts, steps }, shape) => {
    const strides = stridesOf(from)
    const start = axes.reduce((sum, axis, i) => sum + starts[i]! * strides[axis]!, 0)
    const moved = strides.map((stride, axis) => stride * (axes.includes(axis) ? steps[axes.indexOf(axis)]! : 1))
    return Float64Array.from(offsets(shape, moved), (offset) => a[start + offset]!)
  },
  simplify: ({ g, x: [a], shape }) => {
    if (sameShape(a.shape, shape)) return a
    const value = filledWith(a)
    return value === undefined ? undefined : g.constant(value, shape, a.dtype)
  },
  onnx: [
    {
      opType: "Slice",
      since: 13,
      operands: [{ from: "starts" }, { from: "ends" }, { from: "axes" }, { from: "steps" }]
    }
  ],
  examples: [
    { shapes: [[3, 4]], attributes: { axes: [1], starts: [1], ends: [3], steps: [1] } },
    { shapes: [[5, 6]], attributes: { axes: [0, 1], starts: [1, 0], ends: [5, 6], steps: [2, 3] } },
    { shapes: [[4, 7]], attributes: { axes: [1], starts: [0], ends: [7], steps: [2] } }
  ]
})

/** The other way round along axes. Source: onnx.ai/onnx/operators/onnx__Slice.html, with steps of −1 */
export const reverse = define(
  "reverse",
  1
)<{ readonly axes: ReadonlyArray<number> }>({
  shape: ([a], { axes }) => {
    checkAxes("reverse", axes, a)
    return a
  },
  dtype: oneFloat("reverse"),
  vjp: [({ g, attributes, ct }) => g.reverse(ct, attributes)],
  jvp: "multilinear",
  evaluate: ([a], [shape], { axes }) => {
    const strides = stridesOf(shape)
    const last = axes.reduce((sum, axis) => sum + (shape[axis]! - 1) * strides[axis]!, 0)
    const turned = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    return Float64Array.from(offsets(shape, turned), (offset) => a[last + offset]!)
  },
  simplify: ({ g, x: [a], attributes: { axes } }) => {
    const long = axes.filter((axis) => a.shape[axis]! > 1)
    return long.length === 0 ? a : long.length < axes.length ? g.reverse(a, { axes: long }) : undefined
  },
  onnx: [
    {
      opType: "Slice",
      since: 13,
      operands: [
        { forEach: "axes", int: -1 },
        { forEach: "axes", int: -(2 ** 31) }, // before the first
        { from: "axes" },
        { forEach: "axes", int: -1 }
      ]
    }
  ],
  examples: [
    { shapes: [[3, 4]], attributes: { axes: [1] } },
    { shapes: [[2, 3, 2]], attributes: { axes: [0, 1] } }
  ]
})

/** Zeros for `size` more elements, before or after, along one axis. */
const extended = (g: Builder, a: Node, axis: number, before: number, after: number): Node => {
  const zeros = a.shape.map(() => 0)
  return g.pad(a, { pads: [...zeros.with(axis, before), ...zeros.with(axis, after)] })
}

const part = (g: Builder, a: Node, axis: number, start: number, end: number): Node =>
  g.slice(a, { axes: [axis], starts: [start], ends: [end], steps: [1] })

/** One value after another along an axis. Source: onnx.ai/onnx/operators/onnx__Concat.html */
export const concat = define(
  "concat",
  2
)<Axis>({
  shape: ([a, b], { axis }) => {
    checkAxes("concat", [axis], a)
    const expected = a.with(axis, b[axis] ?? 0)
    if (!sameShape(expected, b)) throw new ShapeMismatch({ op: "concat", where: "input 1", expected, actual: b })
    return a.with(axis, a[axis]! + b[axis]!)
  },
  dtype: oneFloat("concat"),
  vjp: [
    ({ g, x: [a], attributes: { axis }, ct }) => part(g, ct, axis, 0, a.shape[axis]!),
    ({ g, x: [a], attributes: { axis }, ct }) => part(g, ct, axis, a.shape[axis]!, ct.shape[axis]!)
  ],
  jvp: [
    ({ g, x: [, b], attributes: { axis }, d }) => extended(g, d, axis, 0, b.shape[axis]!),
    ({ g, x: [a], attributes: { axis }, d }) => extended(g, d, axis, a.shape[axis]!, 0)
  ],
  evaluate: ([a, b], [left], { axis }, shape) => {
    const rows = sizeOf(shape.slice(0, axis))
    const [p, q] = [a.length / rows, b.length / rows]
    const result = new Float64Array(left.length === 0 ? 0 : sizeOf(shape))
    for (let row = 0; row < rows; row++) {
      result.set(a.subarray(row * p, (row + 1) * p), row * (p + q))
      result.set(b.subarray(row * q, (row + 1) * q), row * (p + q) + p)
    }
    return result
  },
  onnx: [{ opType: "Concat", since: 13, attributes: { axis: { from: "axis" } } }],
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 1]
      ],
      attributes: { axis: 1 }
    },
    {
      shapes: [
        [1, 2, 2],
        [3, 2, 2]
      ],
      attributes: { axis: 0 }
    }
  ]
})
