/**
 * Ops of linear algebra on matrices. Big products are never rewritten here: which form is fast is the encoder's business.
 */
import { ShapeMismatch } from "../tensor/Errors.ts"
import { define } from "./Op.ts"
import { matrixSizes, oneFloat } from "./rules.ts"

/** Matrix product. [m, k], [k, n] → [m, n]. Source: onnx.ai/onnx/operators/onnx__MatMul.html */
export const matmul = define(
  "matmul",
  2
)({
  shape: ([a, b]) => {
    const [m, k] = matrixSizes("matmul", 0, a)
    const [rows, n] = matrixSizes("matmul", 1, b)
    if (rows !== k) throw new ShapeMismatch({ op: "matmul", where: "input 1", expected: [k, n], actual: b })
    return [m, n]
  },
  dtype: oneFloat("matmul"),
  vjp: [
    ({ g, x: [, b], ct }) => g.matmul(ct, g.transpose(b)), // ā = ȳ bᵀ   [m, n] · [n, k] → [m, k]
    ({ g, x: [a], ct }) => g.matmul(g.transpose(a), ct) //    b̄ = aᵀ ȳ   [k, m] · [m, n] → [k, n]
  ],
  jvp: "multilinear", // ẏ = ȧ b + a ḃ
  evaluate: ([a, b], [left], _, shape) => {
    const [m, n] = [shape[0]!, shape[1]!]
    const k = left[1]!
    const result = new Float64Array(m * n)
    for (let i = 0; i < m; i++)
      for (let l = 0; l < k; l++) {
        const factor = a[i * k + l]!
        for (let j = 0; j < n; j++) result[i * n + j] = result[i * n + j]! + factor * b[l * n + j]!
      }
    return result
  },
  onnx: [{ opType: "MatMul", since: 13 }],
  examples: [
    {
      shapes: [
        [2, 3],
        [3, 4]
      ],
      attributes: {}
    },
    {
      shapes: [
        [1, 3],
        [3, 1]
      ],
      attributes: {}
    }
  ]
})

/** aᵀ. [m, n] → [n, m]. Source: onnx.ai/onnx/operators/onnx__Transpose.html */
export const transpose = define(
  "transpose",
  1
)({
  shape: ([a]) => {
    const [m, n] = matrixSizes("transpose", 0, a)
    return [n, m]
  },
  dtype: oneFloat("transpose"),
  vjp: [({ g, ct }) => g.transpose(ct)],
  jvp: "multilinear",
  evaluate: ([a], _, __, shape) => {
    const [n, m] = [shape[0]!, shape[1]!]
    const result = new Float64Array(m * n)
    for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) result[i * m + j] = a[j * n + i]!
    return result
  },
  simplify: ({ x: [a] }) => (a.op === "transpose" ? a.inputs[0] : undefined), // aᵀᵀ = a
  onnx: [{ opType: "Transpose", since: 13, attributes: { perm: { ints: [1, 0] } } }],
  examples: [{ shapes: [[2, 3]], attributes: {} }]
})
