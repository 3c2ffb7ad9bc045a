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
  vjp: [({ g, x: [a], ct }) => g.mul(ct, g.positive(a))], // ā = ȳ [a > 0]
  jvp: [({ g, x: [a], d }) => g.mul(d, g.positive(a))],
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
