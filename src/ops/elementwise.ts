/**
 * Ops that work element by element and have a derivative. Simplifications are exact up to the rounding of constants, and
 * none hides a NaN: x · 0 stays.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "./Build.ts"
import { filledWith, isUniform } from "./constants.ts"
import { define } from "./Op.ts"
import { besides } from "./placement.ts"
import { oneFloat, oneShape } from "./rules.ts"

/** a + b. Source: onnx.ai/onnx/operators/onnx__Add.html */
export const add = define(
  "add",
  2
)({
  shape: oneShape("add"),
  dtype: oneFloat("add"),
  vjp: [({ ct }) => ct, ({ ct }) => ct],
  jvp: [({ d }) => d, ({ d }) => d],
  evaluate: ([a, b]) => a.map((value, i) => value + b[i]!),
  simplify: ({ g, x: [a, b] }) => {
    if (filledWith(a) === 0) return b
    if (filledWith(b) === 0) return a
    if (a === b) return g.mul(g.constant(2, a.shape, a.dtype), a) // a + a = 2a
    if (b.op === "neg") return g.sub(a, b.inputs[0]!) // a + (−b) = a − b
    if (a.op === "neg") return g.sub(b, a.inputs[0]!)
    return besides(g, a, b) ?? besides(g, b, a)
  },
  elementwise: true,
  commutative: true,
  onnx: [{ opType: "Add", since: 14 }],
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 3]
      ],
      attributes: {}
    },
    { shapes: [[], []], attributes: {} }
  ]
})

/** a − b. Source: onnx.ai/onnx/operators/onnx__Sub.html */
export const sub = define(
  "sub",
  2
)({
  shape: oneShape("sub"),
  dtype: oneFloat("sub"),
  vjp: [({ ct }) => ct, ({ g, ct }) => g.neg(ct)],
  jvp: [({ d }) => d, ({ g, d }) => g.neg(d)],
  evaluate: ([a, b]) => a.map((value, i) => value - b[i]!),
  simplify: ({ g, x: [a, b] }) => {
    if (filledWith(b) === 0) return a
    if (filledWith(a) === 0) return g.neg(b)
    if (b.op === "neg") return g.add(a, b.inputs[0]!) // a − (−b) = a + b
    return undefined
  },
  elementwise: true,
  onnx: [{ opType: "Sub", since: 14 }],
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 3]
      ],
      attributes: {}
    }
  ]
})

/** a · b. Source: onnx.ai/onnx/operators/onnx__Mul.html */
export const mul = define(
  "mul",
  2
)({
  shape: oneShape("mul"),
  dtype: oneFloat("mul"),
  vjp: [
    ({ g, x: [, b], ct }) => g.mul(ct, b), // ā = ȳ b
    ({ g, x: [a], ct }) => g.mul(ct, a) //    b̄ = ȳ a
  ],
  jvp: "multilinear", // ẏ = ȧ b + a ḃ
  evaluate: ([a, b]) => a.map((value, i) => value * b[i]!),
  simplify: ({ g, x: [a, b] }) => scaled(g, a, b) ?? scaled(g, b, a),
  elementwise: true,
  commutative: true,
  onnx: [{ opType: "Mul", since: 14 }],
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 3]
      ],
      attributes: {}
    }
  ]
})

/** A simpler form of s · x where s is the same number everywhere: numbers are gathered in one factor. */
const scaled = (g: Builder, s: Node, x: Node): Node | undefined => {
  if (!isUniform(s)) return undefined
  const value = filledWith(s)
  if (value === 1) return x
  if (value === -1) return g.neg(x)
  const [a, b] = x.inputs
  if (x.op === "neg" && value !== undefined) return g.mul(g.constant(-value, s.shape, s.dtype), a!) // s (−x) = (−s) x
  if (x.op !== "mul") return undefined
  if (isGathered(s, a!, b!)) return g.mul(g.mul(s, a!), b!) // s (t x) = (s t) x
  if (isGathered(s, b!, a!)) return g.mul(g.mul(s, b!), a!)
  return undefined
}

/** Does s · (t · x) become simpler as (s · t) · x? Also where t is repeated: then s · t is done before it is. */
const isGathered = (s: Node, t: Node, x: Node): boolean => {
  const isNumber = filledWith(s) !== undefined
  if (isUniform(t)) return !isUniform(x) || (isNumber && filledWith(t) !== undefined)
  return isNumber && t.op === "expand" && x.op !== "expand"
}

/** a / b. Source: onnx.ai/onnx/operators/onnx__Div.html */
export const div = define(
  "div",
  2
)({
  shape: oneShape("div"),
  dtype: oneFloat("div"),
  vjp: [
    ({ g, x: [, b], ct }) => g.div(ct, b), //                    ā = ȳ / b
    ({ g, x: [, b], y, ct }) => g.neg(g.div(g.mul(ct, y), b)) // b̄ = −ȳ y / b
  ],
  jvp: [
    ({ g, x: [, b], d }) => g.div(d, b), //                      ẏ = ȧ / b
    ({ g, x: [, b], y, d }) => g.neg(g.div(g.mul(d, y), b)) //   ẏ = −y ḃ / b
  ],
  evaluate: ([a, b]) => a.map((value, i) => value / b[i]!),
  simplify: ({ x: [a, b] }) => (filledWith(b) === 1 ? a : undefined),
  elementwise: true,
  onnx: [{ opType: "Div", since: 14 }],
  examples: [
    {
      shapes: [
        [2, 3],
        [2, 3]
      ],
      attributes: {},
      range: [0.5, 2]
    }
  ]
})

/** −a. Source: onnx.ai/onnx/operators/onnx__Neg.html */
export const neg = define(
  "neg",
  1
)({
  shape: oneShape("neg"),
  dtype: oneFloat("neg"),
  vjp: [({ g, ct }) => g.neg(ct)],
  jvp: "multilinear",
  evaluate: ([a]) => a.map((value) => -value),
  simplify: ({ g, x: [a] }) => {
    const [p, q] = a.inputs
    if (a.op === "neg") return p
    if (a.op === "sub") return g.sub(q!, p!) // −(p − q) = q − p
    if (a.op !== "mul") return undefined
    if (filledWith(p!) !== undefined) return g.mul(g.neg(p!), q!) // −(c q) = (−c) q
    return filledWith(q!) === undefined ? undefined : g.mul(g.neg(q!), p!)
  },
  elementwise: true,
  onnx: [{ opType: "Neg", since: 13 }],
  examples: [{ shapes: [[4]], attributes: {} }]
})

/** eᵃ. Source: onnx.ai/onnx/operators/onnx__Exp.html */
export const exp = define(
  "exp",
  1
)({
  shape: oneShape("exp"),
  dtype: oneFloat("exp"),
  vjp: [({ g, y, ct }) => g.mul(ct, y)], // ā = ȳ y
  jvp: [({ g, y, d }) => g.mul(d, y)],
  evaluate: ([a]) => a.map(Math.exp),
  elementwise: true,
  onnx: [{ opType: "Exp", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})

/** ln a. Source: onnx.ai/onnx/operators/onnx__Log.html */
export const log = define(
  "log",
  1
)({
  shape: oneShape("log"),
  dtype: oneFloat("log"),
  vjp: [({ g, x: [a], ct }) => g.div(ct, a)], // ā = ȳ / a
  jvp: [({ g, x: [a], d }) => g.div(d, a)],
  evaluate: ([a]) => a.map(Math.log),
  elementwise: true,
  onnx: [{ opType: "Log", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {}, range: [0.5, 2] }]
})
