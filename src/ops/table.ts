/**
 * Every op, by name. The one place where the arity of an op is forgotten.
 */
import { UnknownOp } from "../graph/Errors.ts"
import { positive, relu, sigmoid, softplus, softsign, tanh } from "./activation.ts"
import type { Build } from "./Build.ts"
import { argMax, equal } from "./comparison.ts"
import { conv2d, conv2dImage, conv2dKernel } from "./convolution.ts"
import { add, div, exp, log, mul, neg, sub } from "./elementwise.ts"
import { erf } from "./errorFunction.ts"
import { matmul, transpose } from "./linear.ts"
import { abs, sign } from "./magnitude.ts"
import { expand, reshape } from "./movement.ts"
import type { AnyOp } from "./Op.ts"
import { concat, pad, permute, reverse, slice } from "./placement.ts"
import { avgPool2d, maxPool2d, upsample2d } from "./pooling.ts"
import { pow, reciprocal, rsqrt, sqrt } from "./powers.ts"
import { logSumExp, max, softmax, sum } from "./reduction.ts"

const typed = {
  add,
  sub,
  mul,
  div,
  neg,
  exp,
  log,
  sqrt,
  reciprocal,
  rsqrt,
  pow,
  abs,
  sign,
  tanh,
  relu,
  positive,
  sigmoid,
  softplus,
  softsign,
  erf,
  equal,
  matmul,
  transpose,
  permute,
  reshape,
  expand,
  pad,
  slice,
  reverse,
  concat,
  sum,
  max,
  logSumExp,
  softmax,
  argMax,
  conv2d,
  conv2dImage,
  conv2dKernel,
  avgPool2d,
  maxPool2d,
  upsample2d
} satisfies { readonly [K in keyof Build]: { readonly name: string } }

export type Table = Readonly<Record<string, AnyOp>>

/** Every op, by name. */
export const table = typed as unknown as Table

/**
 * The op of a name.
 *
 * Errors  UnknownOp
 */
export const opNamed = (name: string, ops: Table = table): AnyOp => {
  if (!Object.hasOwn(ops, name)) throw new UnknownOp({ op: name, known: Object.keys(ops) })
  return ops[name]!
}
