/**
 * One block of a product of matrices. It lies in locals while its sums go on, so that no addition waits for the one before: many
 * columns at once where they lie one after the other, else many terms at once where those do.
 */
import { type Arithmetic, arithmeticOf, type ElementType } from "../wasm/Arithmetic.ts"
import { type Code, types } from "../wasm/encodeModule.ts"
import { get, integer, loop, plus, set } from "../wasm/instructions.ts"
import type { Access } from "./Expression.ts"
import { addressOf, type Position } from "./loops.ts"
import type { Tools } from "./tools.ts"

/** Accesses over [leading axes, row, column, term]: a does not move with columns, b not with rows, c not with terms. */
export interface Product {
  readonly leading: ReadonlyArray<number>
  readonly rows: number
  readonly columns: number
  readonly terms: number
  readonly a: Access
  readonly b: Access
  readonly c: Access
}

/** Some of the rows, or of the columns: so many from where they stand. */
export interface Span extends Position {
  readonly size: number
}

/** How many columns, and how many terms, one instruction takes. One of them is 1. */
export interface Vectors {
  readonly across: number
  readonly along: number
}

/** Terms, or vectors of them, that are written out in the loop over the sum. */
const termsAtOnce = 4

/** How far an access moves with each index, in elements. */
const stridesIn = ({ leading }: Product, { strides }: Access) => {
  const first = leading.length
  return { row: strides[first] ?? 0, column: strides[first + 1] ?? 0, term: strides[first + 2] ?? 0 }
}

export const vectorsOf = (product: Product, { many }: ElementType): Vectors => {
  const [a, b] = [stridesIn(product, product.a), stridesIn(product, product.b)]
  if (product.columns >= many.lanes && b.column === 1) return { across: many.lanes, along: 1 }
  if (product.terms >= many.lanes && a.term === 1 && b.term === 1) return { across: 1, along: many.lanes }
  return { across: 1, along: 1 }
}

/** One sum of a block, of as many columns as there are lanes; its row and column are those of the block. */
interface Sum {
  readonly total: number
  readonly row: number
  readonly column: number
  readonly lanes: number
}

/** Columns cut into vectors, and single ones of what is left. */
const piecesOf = (size: number, lanes: number): ReadonlyArray<{ readonly column: number; readonly lanes: number }> => {
  const vectors = Math.floor(size / lanes)
  const single = Array.from({ length: size - vectors * lanes }, (_, i) => ({ column: vectors * lanes + i, lanes: 1 }))
  return [...Array.from({ length: vectors }, (_, i) => ({ column: i * lanes, lanes })), ...single]
}

/** An operand of a block: the local that goes along its terms, and where a number lies from there. */
interface Operand {
  readonly pointer: number
  readonly begin: Code
  readonly offset: (index: number, term: number) => number
  /** Goes on by so many terms. */
  readonly forward: (terms: number) => Code
}

/** Where an access begins, for loops that stand there. */
const beginning = (access: Access, at: ReadonlyArray<Position>, bytes: number) =>
  addressOf(
    access,
    at.map((_, axis) => access.strides[axis] ?? 0),
    at,
    bytes
  )

const operandOf = (
  product: Product,
  access: Access,
  at: ReadonlyArray<Position>,
  index: "row" | "column",
  tools: Tools
): Operand => {
  const { bytes } = tools.element
  const strides = stridesIn(product, access)
  const { address, offset } = beginning(access, at, bytes)
  const pointer = tools.local(types.i32)
  return {
    pointer,
    begin: [...address, ...set(pointer)],
    offset: (place, term) => offset + (place * strides[index] + term * strides.term) * bytes,
    forward: (terms) => [...get(pointer), ...integer(terms * strides.term * bytes), ...plus, ...set(pointer)]
  }
}

interface Block {
  readonly a: Operand
  readonly b: Operand
  readonly sums: ReadonlyArray<Sum>
  readonly along: number
  readonly tools: Tools
}

/** What a sum is made with: vectors of columns, or of terms, or numbers. */
const arithmeticIn = ({ along, tools }: Block, { lanes }: Sum): Arithmetic =>
  arithmeticOf(tools.element, Math.max(lanes, along))

/** Adds one round of terms to all sums; each operand is read once. */
const addRound = (block: Block, term: number): Code => {
  const { a, b, sums, along, tools } = block
  const read = new Map<string, number>()
  const once = (key: string, arithmetic: Arithmetic, code: Code): Code => {
    const known = read.get(key)
    if (known !== undefined) return get(known)
    const own = tools.local(arithmetic.type)
    read.set(key, own)
    return [...code, ...set(own), ...get(own)]
  }
  return sums.flatMap((sum) => {
    const { total, row, column, lanes } = sum
    const arithmetic = arithmeticIn(block, sum)
    const left = along > 1 ? arithmetic.load(a.offset(row, term)) : arithmetic.repeat(a.offset(row, term))
    return [
      ...get(total),
      ...once(`a ${row} ${lanes}`, arithmetic, [...get(a.pointer), ...left]),
      ...once(`b ${column}`, arithmetic, [...get(b.pointer), ...arithmetic.load(b.offset(column, term))]),
      ...[...arithmetic.operations.mul, ...arithmetic.operations.add, ...set(total)]
    ]
  })
}

/** Leaves a sum: of vectors of terms the sum of their lanes, and of the terms that are left, from `first` to `end`. */
const leaveSum = ({ a, b, along, tools }: Block, { total, row, column }: Sum, first: number, end: number): Code => {
  if (along === 1) return get(total)
  const { one, many } = tools.element
  const lanes = Array.from({ length: along }, (_, lane) => [...get(total), ...many.lane(lane)])
  const left = Array.from({ length: end - first }, (_, i) => {
    const factorOf = (operand: Operand, index: number): Code => [
      ...get(operand.pointer),
      ...one.load(operand.offset(index, first + i))
    ]
    return [...factorOf(a, row), ...factorOf(b, column), ...one.operations.mul]
  })
  const [start, ...others] = [...lanes, ...left]
  return [...start!, ...others.flatMap((other) => [...other, ...one.operations.add])]
}

/** Where a block lies: the leading axes, its rows and its columns. */
interface Place {
  readonly at: ReadonlyArray<Position>
  readonly down: Span
  readonly right: Span
}

/** The sums of a block, calculated and stored. */
export const emitBlock = (
  product: Product,
  { across, along }: Vectors,
  { at, down, right }: Place,
  tools: Tools
): Code => {
  const { element, local } = tools
  const atFirst: Position = { local: undefined, plus: 0 }
  const rows = Array.from({ length: down.size }, (_, row) => row)
  const block: Block = {
    a: operandOf(product, product.a, [...at, down], "row", tools),
    b: operandOf(product, product.b, [...at, atFirst, right], "column", tools),
    sums: rows.flatMap((row) =>
      piecesOf(right.size, across).map(({ column, lanes }) => {
        const total = local(arithmeticOf(element, Math.max(lanes, along)).type)
        return { total, row, column, lanes }
      })
    ),
    along,
    tools
  }
  const { a, b, sums } = block
  const rounds = Math.floor(product.terms / along)
  const looped = rounds < 2 * termsAtOnce ? 0 : rounds - (rounds % termsAtOnce)
  const roundsOf = (count: number): Code => Array.from({ length: count }, (_, i) => addRound(block, i * along)).flat()
  const inLoop = () => [...roundsOf(termsAtOnce), ...a.forward(termsAtOnce * along), ...b.forward(termsAtOnce * along)]
  const strides = stridesIn(product, product.c)
  const into = beginning(product.c, [...at, down, right], element.bytes)
  // The pointers stand behind what was looped.
  const [first, end] = [(rounds - looped) * along, product.terms - looped * along]
  return [
    ...[...a.begin, ...b.begin],
    ...sums.flatMap((sum) => [...arithmeticIn(block, sum).number(0), ...set(sum.total)]),
    ...(looped === 0 ? [] : loop(local(types.i32), looped, termsAtOnce, inLoop())),
    ...roundsOf(rounds - looped),
    ...sums.flatMap((sum) => {
      const offset = into.offset + (sum.row * strides.row + sum.column * strides.column) * element.bytes
      const code = leaveSum(block, sum, first, end)
      return [...into.address, ...code, ...arithmeticOf(element, sum.lanes).store(offset)]
    })
  ]
}
