/**
 * Ops of linear algebra on matrices. Big products are never rewritten here: which form is fast is the encoder's business.
 */
import { ShapeMismatch } from "../tensor/Errors.ts"
import { sameShape, sizeOf } from "../tensor/Shape.ts"
import { define } from "./Op.ts"
import { matricesOf, oneFloat } from "./rules.ts"

/** Matrix product. [B, m, k], [B, k, n] → [B, m, n]. Source: onnx.ai/onnx/operators/onnx__MatMul.html */
export const matmul = define(
  "matmul",
  2
)({
  shape: ([a, b]) => {
    const [left, right] = [matricesOf("matmul", 0, a), matricesOf("matmul", 1, b)]
    const { leading, rows, columns } = left
    if (right.rows !== columns || !sameShape(right.leading, leading)) {
      const expected = [...leading, columns, right.columns]
      throw new ShapeMismatch({ op: "matmul", where: "input 1", expected, actual: b })
    }
    return [...leading, rows, right.columns]
  },
  dtype: oneFloat("matmul"),
  vjp: [
    ({ g, x: [, b], ct }) => g.matmul(ct, g.transpose(b)), // ā = ȳ bᵀ   [m, n] · [n, k] → [m, k]
    ({ g, x: [a], ct }) => g.matmul(g.transpose(a), ct) //    b̄ = aᵀ ȳ   [k, m] · [m, n] → [k, n]
  ],
  jvp: "multilinear", // ẏ = ȧ b + a ḃ
  evaluate: ([a, b], [left], _, shape) => {
    const { leading, rows: m, columns: n } = matricesOf("matmul", 0, shape)
    const k = left.at(-1)!
    const result = new Float64Array(sizeOf(shape))
    for (let index = 0; index < sizeOf(leading); index++) {
      const [fromA, fromB, to] = [index * m * k, index * k * n, index * m * n]
      for (let i = 0; i < m; i++)
        for (let l = 0; l < k; l++) {
          const factor = a[fromA + i * k + l]!
          for (let j = 0; j < n; j++) result[to + i * n + j] = result[to + i * n + j]! + factor * b[fromB + l * n + j]!
        }
    }
    return result
  },
  operations: ([a], shape) => 2 * a.at(-1)! * sizeOf(shape),
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
    },
    {
      shapes: [
        [2, 2, 2, 3],
        [2, 2, 3, 2]
      ],
      attributes: {}
    }
  ]
})

/** The last two axes swapped. [B, m, n] → [B, n, m]. Source: onnx.ai/onnx/operators/onnx__Transpose.html */
export const transpose = define(
  "transpose",
  1
)({
  shape: ([a]) => {
    const { leading, rows, columns } = matricesOf("transpose", 0, a)
    return [...leading, columns, rows]
  },
  dtype: oneFloat("transpose"),
  vjp: [({ g, ct }) => g.transpose(ct)],
  jvp: "multilinear",
  evaluate: ([a], _, __, shape) => {
    const { leading, rows, columns } = matricesOf("transpose", 0, shape)
    const result = new Float64Array(sizeOf(shape))
    for (let index = 0; index < sizeOf(leading); index++) {
      const start = index * rows * columns
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) result[start + i * columns + j] = a[start + j * rows + i]!
    }
    return result
  },
  simplify: ({ x: [a] }) => (a.op === "transpose" ? a.inputs[0] : undefined), // aᵀᵀ = a
  onnx: [{ opType: "Transpose", since: 13, attributes: { perm: { order: "last two swapped" } } }],
  examples: [
    { shapes: [[2, 3]], attributes: {} },
    { shapes: [[2, 2, 3]], attributes: {} }
  ]
})
