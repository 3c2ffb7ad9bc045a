/**
 * The nonlinearities of networks. Knows nothing of networks.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "./Build.ts"
import { define } from "./Op.ts"
import { oneFloat, oneShape } from "./rules.ts"

/** 1 − y², the same node in both rules, so that derivatives of derivatives share it. */
const tanhSlope = (g: Builder, y: Node): Node => g.sub(g.constant(1, y.shape, y.dtype), g.mul(y, y))

/** tanh a. Source: onnx.ai/onnx/operators/onnx__Tanh.html */
export const tanh = define(
  "tanh",
  1
)({
  shape: oneShape("tanh"),
  dtype: oneFloat("tanh"),
  vjp: [({ g, y, ct }) => g.mul(ct, tanhSlope(g, y))], // ā = ȳ (1 − y²)
  jvp: [({ g, y, d }) => g.mul(d, tanhSlope(g, y))],
  evaluate: ([a]) => a.map(Math.tanh),
  elementwise: true,
  onnx: [{ opType: "Tanh", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})

/** max(a, 0), with relu′(0) = 0. Source: onnx.ai/onnx/operators/onnx__Relu.html */
export const relu = define(
  "relu",
  1
)({
  shape: oneShape("relu"),
  dtype: oneFloat("relu"),
  // Of y, not of a: nothing then wants a but the activation, so what makes a applies it as it stores.
  vjp: [({ g, y, ct }) => g.mul(ct, g.positive(y))], // ā = ȳ [y > 0]
  jvp: [({ g, y, d }) => g.mul(d, g.positive(y))],
  evaluate: ([a]) => a.map((value) => Math.max(value, 0)),
  elementwise: true,
  onnx: [{ opType: "Relu", since: 14 }],
  examples: [
    { shapes: [[2, 3]], attributes: {}, range: [0.1, 1] },
    { shapes: [[2, 3]], attributes: {}, range: [-1, -0.1] }
  ]
})

/** [a > 0]: 1 where a > 0, else 0. Source: onnx.ai/onnx/operators/onnx__Greater.html */
export const positive = define(
  "positive",
  1
)({
  shape: oneShape("positive"),
  dtype: oneFloat("positive"),
  vjp: [null],
  jvp: [null],
  evaluate: ([a]) => a.map((value) => (value > 0 ? 1 : 0)),
  elementwise: true,
  onnx: [
    { opType: "Greater", since: 13, operands: [{ float: 0 }] },
    { opType: "Cast", since: 13, attributes: { to: { dtype: "result" } } }
  ],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})

/** y (1 − y), the same node in both rules. */
const sigmoidSlope = (g: Builder, y: Node): Node => g.mul(y, g.sub(g.constant(1, y.shape, y.dtype), y))

/** 1 / (1 + e⁻ᵃ). Source: onnx.ai/onnx/operators/onnx__Sigmoid.html */
export const sigmoid = define(
  "sigmoid",
  1
)({
  shape: oneShape("sigmoid"),
  dtype: oneFloat("sigmoid"),
  vjp: [({ g, y, ct }) => g.mul(ct, sigmoidSlope(g, y))], // ā = ȳ y (1 − y)
  jvp: [({ g, y, d }) => g.mul(d, sigmoidSlope(g, y))],
  evaluate: ([a]) => a.map((value) => 1 / (1 + Math.exp(-value))),
  elementwise: true,
  onnx: [{ opType: "Sigmoid", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})

/**
 * log(1 + u) of u from 0 to 1 to the last digit, also where 1 + u has lost those of u: with w = 1 + u as it is rounded,
 * log(1 + u) = log w + log(1 + (u − (w − 1)) / w), and the second is as good as its argument.
 *
 * Source  Goldberg 1991, "What every computer scientist should know about floating-point arithmetic", theorem 4
 */
const logOneAnd = (g: Builder, u: Node): Node => {
  const one = g.constant(1, u.shape, u.dtype)
  const w = g.add(one, u)
  return g.add(g.log(w), g.div(g.sub(u, g.sub(w, one)), w))
}

/**
 * log(1 + eᵃ) as max(a, 0) + log(1 + e^−|a|), which does not overflow. ONNX's Softplus is not used: it is 20 times slower,
 * and onnxruntime has none in float64.
 */
export const softplus = define(
  "softplus",
  1
)({
  shape: oneShape("softplus"),
  dtype: oneFloat("softplus"),
  vjp: [({ g, x: [a], ct }) => g.mul(ct, g.sigmoid(a))], // ā = ȳ σ(a)
  jvp: [({ g, x: [a], d }) => g.mul(d, g.sigmoid(a))],
  evaluate: ([a]) => a.map((value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)))),
  elementwise: true,
  composed: ({ g, x: [a] }) => g.add(g.relu(a), logOneAnd(g, g.exp(g.neg(g.abs(a))))),
  examples: [
    { shapes: [[2, 3]], attributes: {} },
    { shapes: [[2, 3]], attributes: {}, range: [-40, 40] }
  ]
})

/** (1 − |y|)², the same node in both rules. */
const softsignSlope = (g: Builder, y: Node): Node => {
  const rest = g.sub(g.constant(1, y.shape, y.dtype), g.abs(y))
  return g.mul(rest, rest)
}

/** a / (1 + |a|); 1 − |y| = 1 / (1 + |a|). onnxruntime has no Softsign in float64. */
export const softsign = define(
  "softsign",
  1
)({
  shape: oneShape("softsign"),
  dtype: oneFloat("softsign"),
  vjp: [({ g, y, ct }) => g.mul(ct, softsignSlope(g, y))], // ā = ȳ (1 − |y|)²
  jvp: [({ g, y, d }) => g.mul(d, softsignSlope(g, y))],
  evaluate: ([a]) => a.map((value) => value / (1 + Math.abs(value))),
  elementwise: true,
  composed: ({ g, x: [a] }) => g.div(a, g.add(g.constant(1, a.shape, a.dtype), g.abs(a))),
  examples: [
    { shapes: [[2, 3]], attributes: {}, range: [0.1, 2] },
    { shapes: [[2, 3]], attributes: {}, range: [-2, -0.1] }
  ]
})
