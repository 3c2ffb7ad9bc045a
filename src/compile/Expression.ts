/**
 * One element of a value, as a formula over elements that lie in memory; and its instructions, for one element or for many at once.
 */
import type { Arithmetic, Operation } from "../wasm/Arithmetic.ts"
import type { Code } from "../wasm/encodeModule.ts"
import { get, integer, tee } from "../wasm/instructions.ts"
import type { Tools } from "./tools.ts"

/** An element in memory, for each index of the loops around it. */
export interface Access {
  /** Of index 0, 0, … in bytes. */
  readonly offset: number
  /** For each loop, in elements. */
  readonly strides: ReadonlyArray<number>
}

export type Expression =
  | { readonly kind: "access"; readonly access: Access }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "operation"; readonly operation: Operation; readonly of: ReadonlyArray<Expression> }

export const numberOf = (value: number): Expression => ({ kind: "number", value })

export const operationOf = (operation: Operation, ...of: ReadonlyArray<Expression>): Expression => ({
  kind: "operation",
  operation,
  of
})

const partsOf = (expression: Expression): ReadonlyArray<Expression> => ("of" in expression ? expression.of : [])

/** How often each part of an expression is used in it. */
const usesIn = (root: Expression): ReadonlyMap<Expression, number> => {
  const uses = new Map<Expression, number>()
  const count = (part: Expression): void => {
    const known = uses.get(part) ?? 0
    uses.set(part, known + 1)
    if (known === 0) partsOf(part).forEach(count)
  }
  count(root)
  return uses
}

/** All elements in memory that an expression needs. */
export const accessesIn = (root: Expression): ReadonlyArray<Access> =>
  [...usesIn(root).keys()].flatMap((part) => (part.kind === "access" ? [part.access] : []))

/** How much of it there is to calculate. */
export const sizeIn = (root: Expression): number => usesIn(root).size

/** The instructions that leave the expression's value; `read` gives those of an element in memory. */
export const emitExpression = (
  root: Expression,
  { local, numberAt }: Tools,
  arithmetic: Arithmetic,
  read: (access: Access) => Code
): Code => {
  const uses = usesIn(root)
  const known = new Map<Expression, number>()
  const made = (part: Expression): Code => {
    switch (part.kind) {
      case "access":
        return read(part.access)
      case "number":
        return arithmetic.lanes === 1
          ? arithmetic.number(part.value)
          : [...integer(0), ...arithmetic.repeat(numberAt(part.value))]
      case "operation":
        return [...part.of.flatMap(emit), ...arithmetic.operations[part.operation]]
    }
  }
  const emit = (part: Expression): Code => {
    if (uses.get(part) === 1 || part.kind === "number") return made(part)
    const before = known.get(part)
    if (before !== undefined) return get(before)
    const code = made(part)
    const own = local(arithmetic.type)
    known.set(part, own)
    return [...code, ...tee(own)]
  }
  return emit(root)
}
