/**
 * Roots, reciprocals and constant powers.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder, Exponent } from "./Build.ts"
import { define } from "./Op.ts"
import { oneFloat, oneShape } from "./rules.ts"

const filled = (g: Builder, value: number, like: Node): Node => g.constant(value, like.shape, like.dtype)

/** √a. Source: onnx.ai/onnx/operators/onnx__Sqrt.html */
export const sqrt = define(
  "sqrt",
  1
)({
  shape: oneShape("sqrt"),
  dtype: oneFloat("sqrt"),
  vjp: [({ g, y, ct }) => g.div(ct, g.mul(filled(g, 2, y), y))], // ā = ȳ / 2y
  jvp: [({ g, y, d }) => g.div(d, g.mul(filled(g, 2, y), y))],
  evaluate: ([a]) => a.map(Math.sqrt),
  elementwise: true,
  onnx: [{ opType: "Sqrt", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {}, range: [0.5, 2] }]
})

/** −y², the same node in both rules. */
const reciprocalSlope = (g: Builder, y: Node): Node => g.neg(g.mul(y, y))

/** 1 / a. Source: onnx.ai/onnx/operators/onnx__Reciprocal.html */
export const reciprocal = define(
  "reciprocal",
  1
)({
  shape: oneShape("reciprocal"),
  dtype: oneFloat("reciprocal"),
  vjp: [({ g, y, ct }) => g.mul(ct, reciprocalSlope(g, y))], // ā = −ȳ y²
  jvp: [({ g, y, d }) => g.mul(d, reciprocalSlope(g, y))],
  evaluate: ([a]) => a.map((value) => 1 / value),
  elementwise: true,
  onnx: [{ opType: "Reciprocal", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {}, range: [0.5, 2] }]
})

/** −½ y³, the same node in both rules. */
const rsqrtSlope = (g: Builder, y: Node): Node => g.mul(filled(g, -0.5, y), g.mul(y, g.mul(y, y)))

/** 1 / √a. */
export const rsqrt = define(
  "rsqrt",
  1
)({
  shape: oneShape("rsqrt"),
  dtype: oneFloat("rsqrt"),
  vjp: [({ g, y, ct }) => g.mul(ct, rsqrtSlope(g, y))], // ā = −½ ȳ y³
  jvp: [({ g, y, d }) => g.mul(d, rsqrtSlope(g, y))],
  evaluate: ([a]) => a.map((value) => 1 / Math.sqrt(value)),
  elementwise: true,
  composed: ({ g, x: [a] }) => g.reciprocal(g.sqrt(a)),
  examples: [{ shapes: [[2, 3]], attributes: {}, range: [0.5, 2] }]
})

/** p aᵖ⁻¹, the same node in both rules. */
const powSlope = (g: Builder, a: Node, exponent: number): Node =>
  g.mul(filled(g, exponent, a), g.pow(a, { exponent: exponent - 1 }))

/** aᵖ. Whole powers of negative numbers are real; others are NaN. Source: onnx.ai/onnx/operators/onnx__Pow.html */
export const pow = define(
  "pow",
  1
)<Exponent>({
  shape: oneShape("pow"),
  dtype: oneFloat("pow"),
  vjp: [({ g, x: [a], attributes: { exponent }, ct }) => g.mul(ct, powSlope(g, a, exponent))], // ā = ȳ p aᵖ⁻¹
  jvp: [({ g, x: [a], attributes: { exponent }, d }) => g.mul(d, powSlope(g, a, exponent))],
  evaluate: ([a], _, { exponent }) => a.map((value) => value ** exponent),
  simplify: ({ g, x: [a], attributes: { exponent } }) => {
    switch (exponent) {
      case 0:
        return filled(g, 1, a)
      case 1:
        return a
      case 2:
        return g.mul(a, a)
      case 3:
        return g.mul(a, g.mul(a, a))
      case 0.5:
        return g.sqrt(a)
      case -0.5:
        return g.rsqrt(a)
      case -1:
        return g.reciprocal(a)
      default:
        return undefined
    }
  },
  elementwise: true,
  onnx: [{ opType: "Pow", since: 15, operands: [{ number: "exponent" }] }],
  examples: [
    { shapes: [[2, 3]], attributes: { exponent: 1.5 }, range: [0.5, 2] },
    { shapes: [[2, 3]], attributes: { exponent: -1 }, range: [0.5, 2] },
    { shapes: [[2, 3]], attributes: { exponent: 4 } },
    { shapes: [[2, 3]], attributes: { exponent: 2 } }
  ]
})
