/**
 * Size and sign of numbers.
 */
import { define } from "./Op.ts"
import { oneFloat, oneShape } from "./rules.ts"

/** |a|, with derivative 0 at 0. Source: onnx.ai/onnx/operators/onnx__Abs.html */
export const abs = define(
  "abs",
  1
)({
  shape: oneShape("abs"),
  dtype: oneFloat("abs"),
  vjp: [({ g, x: [a], ct }) => g.mul(ct, g.sign(a))], // ā = ȳ sign a
  jvp: [({ g, x: [a], d }) => g.mul(d, g.sign(a))],
  evaluate: ([a]) => a.map(Math.abs),
  elementwise: true,
  onnx: [{ opType: "Abs", since: 13 }],
  examples: [
    { shapes: [[2, 3]], attributes: {}, range: [0.1, 1] },
    { shapes: [[2, 3]], attributes: {}, range: [-1, -0.1] }
  ]
})

/** −1, 0 or 1. Source: onnx.ai/onnx/operators/onnx__Sign.html */
export const sign = define(
  "sign",
  1
)({
  shape: oneShape("sign"),
  dtype: oneFloat("sign"),
  vjp: [null],
  jvp: [null],
  evaluate: ([a]) => a.map((value) => Math.sign(value) + 0), // −0 is 0
  elementwise: true,
  onnx: [{ opType: "Sign", since: 13 }],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})
