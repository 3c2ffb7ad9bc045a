/**
 * Every op, by name. The one place where the arity of an op is forgotten.
 */
import { UnknownOp } from "../graph/Errors.ts"
import { positive, relu, tanh } from "./activation.ts"
import type { Build } from "./Build.ts"
import { argMax, equal } from "./comparison.ts"
import { add, div, exp, log, mul, neg, sqrt, sub } from "./elementwise.ts"
import { matmul, transpose } from "./linear.ts"
import { expand, reshape } from "./movement.ts"
import type { AnyOp } from "./Op.ts"
import { sum } from "./reduction.ts"

const typed = {
  add,
  sub,
  mul,
  div,
  neg,
  exp,
  log,
  sqrt,
  tanh,
  relu,
  positive,
  equal,
  matmul,
  transpose,
  reshape,
  expand,
  sum,
  argMax
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
