/**
 * Ops that choose rather than calculate. Where the choice is constant around almost every point, its derivative contributes
 * nothing; an index has none, and says so when one is asked for.
 */
import { sizeOf } from "../tensor/Shape.ts"
import type { Axis } from "./Build.ts"
import { define } from "./Op.ts"
import { checkAxes, oneFloat, oneShape } from "./rules.ts"

/** [a = b]: 1 where equal, else 0. Source: onnx.ai/onnx/operators/onnx__Equal.html */
export const equal = define(
  "equal",
  2
)({
  shape: oneShape("equal"),
  dtype: oneFloat("equal"),
  vjp: [null, null],
  jvp: [null, null],
  evaluate: ([a, b]) => a.map((value, i) => (value === b[i] ? 1 : 0)),
  elementwise: true,
  commutative: true,
  onnx: [
    { opType: "Equal", since: 13 },
    { opType: "Cast", since: 13, attributes: { to: { dtype: "result" } } }
  ],
  examples: [{ shapes: [[4], [4]], attributes: {} }]
})

/** argmax along an axis; of equals, the first. Source: onnx.ai/onnx/operators/onnx__ArgMax.html */
export const argMax = define(
  "argMax",
  1
)<Axis>({
  shape: ([a], { axis }) => {
    checkAxes("argMax", [axis], a)
    return a.toSpliced(axis, 1)
  },
  dtype: oneFloat("argMax"),
  vjp: ["not differentiable"],
  jvp: ["not differentiable"],
  evaluate: ([a], [shape], { axis }, result) => {
    const inner = sizeOf(shape.slice(axis + 1))
    const length = shape[axis]!
    return Float64Array.from({ length: sizeOf(result) }, (_, i) => {
      const start = Math.floor(i / inner) * length * inner + (i % inner)
      let best = 0
      for (let k = 1; k < length; k++) if (a[start + k * inner]! > a[start + best * inner]!) best = k
      return best
    })
  },
  onnx: [
    { opType: "ArgMax", since: 13, attributes: { axis: { from: "axis" }, keepdims: { int: 0 } } },
    { opType: "Cast", since: 13, attributes: { to: { dtype: "result" } } }
  ],
  examples: [
    { shapes: [[3, 4]], attributes: { axis: 0 } },
    { shapes: [[3, 4]], attributes: { axis: 1 } }
  ]
})
