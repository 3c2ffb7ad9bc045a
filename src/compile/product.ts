/**
 * Products of small matrices. A block of the result lies in locals while its sums go on, so that no addition waits for the one
 * before: many columns at once where they lie one after the other, else many terms at once where those do. Knows no graph.
 */
import { type Arithmetic, arithmeticOf } from "../wasm/Arithmetic.ts"
import { type Code, types } from "../wasm/encodeModule.ts"
import { get, integer, loop, plus, set } from "../wasm/instructions.ts"
import type { Access } from "./Expression.ts"
import { addressOf, around, type Position } from "./loops.ts"
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

/** The size of a block: sums, vectors or numbers, in so many rows at most. */
const sumsAtOnce = 8
const rowsAtOnce = 2
/** Terms, or vectors of them, that are written out in the loop over the sum. */
const termsAtOnce = 4

/** Some of the rows, or of the columns: so many from where they stand. */
interface Span extends Position {
  readonly size: number
}

const atFirst: Position = { local: undefined, plus: 0 }

/** One sum of a block, of as many columns as there are lanes; its row and column are those of the block. */
interface Sum {
  readonly total: number
  readonly row: number
  readonly column: number
  readonly lanes: number
}

/** Spans of `size` in a loop, and one of what is left. */
const spans = (all: number, size: number, tools: Tools, body: (span: Span) => Code): Code => {
  const whole = all - (all % size)
  const left = whole < all ? body({ local: undefined, plus: whole, size: all - whole }) : []
  if (whole <= size) return [...body({ ...atFirst, size: whole }), ...left]
  const local = tools.local(types.i32)
  return [...loop(local, whole, size, body({ local, plus: 0, size })), ...left]
}

/** Columns cut into vectors, and single ones of what is left. */
const piecesOf = (size: number, lanes: number): ReadonlyArray<{ readonly column: number; readonly lanes: number }> => {
  const vectors = Math.floor(size / lanes)
  const single = Array.from({ length: size - vectors * lanes }, (_, i) => ({ column: vectors * lanes + i, lanes: 1 }))
  return [...Array.from({ length: vectors }, (_, i) => ({ column: i * lanes, lanes })), ...single]
}

export const emitProduct = ({ leading, rows, columns, terms, a, b, c }: Product, tools: Tools): Code => {
  const { element, local } = tools
  const { bytes, one, many } = element
  const rowAxis = leading.length
  const [columnAxis, termAxis] = [rowAxis + 1, rowAxis + 2]
  const strideOf = (access: Access, axis: number): number => access.strides[axis] ?? 0

  const byColumns = columns >= many.lanes && strideOf(b, columnAxis) === 1
  const byTerms = !byColumns && terms >= many.lanes && strideOf(a, termAxis) === 1 && strideOf(b, termAxis) === 1
  /** Columns of a piece, and terms of a round. */
  const [across, along] = [byColumns ? many.lanes : 1, byTerms ? many.lanes : 1]

  /** Where an access begins, for loops that stand there. */
  const beginning = (access: Access, ...at: ReadonlyArray<Position>) =>
    addressOf(
      access,
      at.map((_, axis) => strideOf(access, axis)),
      at,
      bytes
    )

  const block = (at: ReadonlyArray<Position>, down: Span, right: Span): Code => {
    const [fromA, fromB] = [beginning(a, ...at, down), beginning(b, ...at, atFirst, right)]
    const into = beginning(c, ...at, down, right)
    /** Go along the terms. */
    const [atA, atB] = [local(types.i32), local(types.i32)]
    const sums = Array.from({ length: down.size }, (_, row) =>
      piecesOf(right.size, across).map(({ column, lanes }): Sum => {
        const total = local(arithmeticOf(element, Math.max(lanes, along)).type)
        return { total, row, column, lanes }
      })
    ).flat()
    const offsetA = (row: number, term: number): number =>
      fromA.offset + (row * strideOf(a, rowAxis) + term * strideOf(a, termAxis)) * bytes
    const offsetB = (column: number, term: number): number =>
      fromB.offset + (column * strideOf(b, columnAxis) + term * strideOf(b, termAxis)) * bytes

    /** Adds one round of terms to all sums; each operand is read once. */
    const round = (term: number): Code => {
      const read = new Map<string, number>()
      const reading = (key: string, arithmetic: Arithmetic, code: Code): Code => {
        const known = read.get(key)
        if (known !== undefined) return get(known)
        const own = local(arithmetic.type)
        read.set(key, own)
        return [...code, ...set(own), ...get(own)]
      }
      return sums.flatMap(({ total, row, column, lanes }) => {
        const arithmetic = arithmeticOf(element, Math.max(lanes, along))
        const left = along > 1 ? arithmetic.load(offsetA(row, term)) : arithmetic.repeat(offsetA(row, term))
        return [
          ...get(total),
          ...reading(`a ${row} ${lanes}`, arithmetic, [...get(atA), ...left]),
          ...reading(`b ${column}`, arithmetic, [...get(atB), ...arithmetic.load(offsetB(column, term))]),
          ...[...arithmetic.operations.mul, ...arithmetic.operations.add, ...set(total)]
        ]
      })
    }
    const rounds = Math.floor(terms / along)
    const looped = rounds < 2 * termsAtOnce ? 0 : rounds - (rounds % termsAtOnce)
    const roundsFrom = (first: number, count: number): Code =>
      Array.from({ length: count }, (_, i) => round((first + i) * along)).flat()
    const forward = (pointer: number, access: Access): Code => [
      ...[...get(pointer), ...integer(termsAtOnce * along * strideOf(access, termAxis) * bytes)],
      ...[...plus, ...set(pointer)]
    ]
    const inLoop = [...roundsFrom(0, termsAtOnce), ...forward(atA, a), ...forward(atB, b)]

    /** Leaves a sum: of vectors of terms the sum of its lanes, and of the terms that are left. */
    const whole = ({ total, row, column }: Sum): Code => {
      if (along === 1) return get(total)
      const lanes = Array.from({ length: along }, (_, lane) => [...get(total), ...many.lane(lane)])
      const left = Array.from({ length: terms - rounds * along }, (_, i) => {
        const term = (rounds - looped) * along + i
        const factors = [...get(atA), ...one.load(offsetA(row, term)), ...get(atB), ...one.load(offsetB(column, term))]
        return [...factors, ...one.operations.mul]
      })
      const [first, ...others] = [...lanes, ...left]
      return [...first!, ...others.flatMap((other) => [...other, ...one.operations.add])]
    }
    return [
      ...[...fromA.address, ...set(atA), ...fromB.address, ...set(atB)],
      ...sums.flatMap(({ total, lanes }) => [
        ...arithmeticOf(element, Math.max(lanes, along)).number(0),
        ...set(total)
      ]),
      ...(looped === 0 ? [] : loop(local(types.i32), looped, termsAtOnce, inLoop)),
      ...roundsFrom(0, rounds - looped),
      ...sums.flatMap((sum) => {
        const { row, column, lanes } = sum
        const offset = into.offset + (row * strideOf(c, rowAxis) + column * strideOf(c, columnAxis)) * bytes
        return [...into.address, ...whole(sum), ...arithmeticOf(element, lanes).store(offset)]
      })
    ]
  }

  const high = Math.min(rows, rowsAtOnce)
  const broad = Math.min(columns, (sumsAtOnce / high) * across)
  return around(leading, tools, (at) =>
    spans(rows, high, tools, (down) => spans(columns, broad, tools, (right) => block(at, down, right)))
  )
}
