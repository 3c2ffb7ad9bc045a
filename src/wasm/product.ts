/**
 * Products of small matrices. A block of the result lies in locals while the sum goes on, so that no addition waits for the one
 * before; either along columns, many at once, or, where both operands have their terms one after the other, along the sum.
 */

import type { Arithmetic } from "./Arithmetic.ts"
import type { Access } from "./Expression.ts"
import { type Code, types } from "./encodeModule.ts"
import { get, integer, loop, plus, set, times } from "./instructions.ts"
import { around, type Position } from "./loops.ts"
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

/** Numbers of the result that are summed at once, in each direction. */
const rowsAtOnce = 2
const piecesAtOnce = 4
/** Terms written out in the loop over the sum. */
const termsAtOnce = 4

interface Piece {
  readonly column: number
  readonly lanes: number
}

/** A row or column of a block: a number, after that of the block. */
interface Block {
  /** The local with the first row (column) of the block, in elements; undefined for 0. */
  readonly local: number | undefined
  readonly start: number
  readonly size: number
}

/** Blocks of `size` in a loop, and one of what is left. */
const blocks = (all: number, size: number, tools: Tools, body: (block: Block) => Code): Code => {
  const whole = all - (all % size)
  const code: Array<Code> = []
  if (whole > size) {
    const local = tools.local(types.i32)
    code.push(loop(local, whole, size, body({ local, start: 0, size })))
  } else if (whole > 0) code.push(body({ local: undefined, start: 0, size }))
  if (whole < all) code.push(body({ local: undefined, start: whole, size: all - whole }))
  return code.flat()
}

const strideOf = (access: Access, axis: number): number => access.strides[axis] ?? 0

export const emitProduct = ({ leading, rows, columns, terms, a, b, c }: Product, tools: Tools): Code => {
  const { element, local } = tools
  const { bytes, one, many } = element
  const [row, column, term] = [leading.length, leading.length + 1, leading.length + 2]
  const isAlong = terms >= many.lanes && strideOf(a, term) === 1 && strideOf(b, term) === 1
  const isWide = columns >= many.lanes && strideOf(b, column) === 1 && strideOf(c, column) === 1
  const arithmeticOf = (lanes: number): Arithmetic => (lanes === 1 ? one : many)

  /** Leaves the address of the block's first element, but for the access's offset. */
  const address = (access: Access, at: ReadonlyArray<Position>, block: Block, axis: number): Code => {
    const positions = [...at.map((position, i) => [position.local!, i] as const), [block.local, axis] as const]
    const parts = positions.flatMap(([from, i]) => {
      const stride = strideOf(access, i)
      return from === undefined || stride === 0 ? [] : [[...get(from), ...integer(stride * bytes), ...times]]
    })
    const [first = integer(0), ...others] = parts
    return [...first, ...others.flatMap((part) => [...part, ...plus])]
  }
  const shift = (access: Access, block: Block, axis: number, index: number): number =>
    access.offset + (block.start + index) * strideOf(access, axis) * bytes

  /** c = Σ a b for a block of rows and columns, of which `pieces` are summed at once. */
  const block = (at: ReadonlyArray<Position>, down: Block, across: Block, pieces: ReadonlyArray<Piece>): Code => {
    const width = !isWide && isAlong ? many.lanes : 1 // terms at once
    const [atA, atB] = [local(types.i32), local(types.i32)]
    const sums = Array.from({ length: down.size }, () =>
      pieces.map(({ lanes }) => local(arithmeticOf(Math.max(lanes, width)).type))
    )
    const each = (body: (sum: number, r: number, piece: Piece) => Code): Code =>
      sums.flatMap((list, r) => list.flatMap((sum, p) => body(sum, r, pieces[p]!)))

    /** One term (or `width` of them) after the place where both pointers are. */
    const termCode = (ahead: number, wide: number): Code => {
      const lefts = Array.from({ length: down.size }, (_, r) => {
        const offset = shift(a, down, row, r) + ahead * strideOf(a, term) * bytes
        const kinds = [...new Set(pieces.map(({ lanes }) => Math.max(lanes, wide)))]
        return new Map(
          kinds.map((lanes) => {
            const own = local(arithmeticOf(lanes).type)
            const arithmetic = arithmeticOf(lanes)
            const load = wide > 1 ? arithmetic.load(offset) : arithmetic.repeat(offset)
            return [lanes, { own, code: [...get(atA), ...load, ...set(own)] }] as const
          })
        )
      })
      const loads = lefts.flatMap((kinds) => [...kinds.values()].flatMap(({ code }) => code))
      const products = pieces.flatMap((piece, p) => {
        const lanes = Math.max(piece.lanes, wide)
        const arithmetic = arithmeticOf(lanes)
        const right = local(arithmetic.type)
        const offset = shift(b, across, column, piece.column) + ahead * strideOf(b, term) * bytes
        return [
          ...[...get(atB), ...arithmetic.load(offset), ...set(right)],
          ...sums.flatMap((list, r) => [
            ...[...get(list[p]!), ...get(lefts[r]!.get(lanes)!.own), ...get(right)],
            ...[...arithmetic.operations.mul, ...arithmetic.operations.add, ...set(list[p]!)]
          ])
        ]
      })
      return [...loads, ...products]
    }
    const rounds = Math.floor(terms / width)
    const written = rounds >= 2 * termsAtOnce ? termsAtOnce : rounds
    const bodies = (count: number, from: number): Code =>
      Array.from({ length: count }, (_, i) => termCode((from + i) * width, width)).flat()
    const looped = written === rounds ? 0 : Math.floor(rounds / written) * written
    const advance = (pointer: number, access: Access): Code => [
      ...[...get(pointer), ...integer(written * width * strideOf(access, term) * bytes)],
      ...[...plus, ...set(pointer)]
    ]
    const sum =
      looped === 0
        ? bodies(rounds, 0)
        : [
            ...loop(local(types.i32), looped, written, [
              ...bodies(written, 0),
              ...[...advance(atA, a), ...advance(atB, b)]
            ]),
            ...bodies(rounds - looped, 0)
          ]
    const left = terms - rounds * width
    const behind = looped === 0 ? rounds * width : (rounds - looped) * width
    const joined = (total: number, r: number, piece: Piece): Code => {
      if (width === 1) return get(total)
      const lanes = Array.from({ length: many.lanes }, (_, lane) => [
        ...[...get(total), ...many.lane(lane)],
        ...(lane === 0 ? [] : one.operations.add)
      ])
      const rest = Array.from({ length: left }, (_, i) => {
        const from = (access: Access, offset: number): Code =>
          one.load(offset + (behind + i) * strideOf(access, term) * bytes)
        return [
          ...[...get(atA), ...from(a, shift(a, down, row, r))],
          ...[...get(atB), ...from(b, shift(b, across, column, piece.column))],
          ...[...one.operations.mul, ...one.operations.add]
        ]
      })
      return [...lanes.flat(), ...rest.flat()]
    }
    const toC = (r: number, piece: Piece): { readonly address: Code; readonly offset: number } => {
      const parts = [address(c, at, down, row), address(c, [], across, column)]
      return {
        address: [...parts.flat(), ...plus],
        offset: shift(c, down, row, r) + (across.start + piece.column) * strideOf(c, column) * bytes
      }
    }
    return [
      ...[...address(a, at, down, row), ...set(atA), ...address(b, at, across, column), ...set(atB)],
      ...each((total, _, { lanes }) => [...arithmeticOf(Math.max(lanes, width)).number(0), ...set(total)]),
      ...sum,
      ...each((total, r, piece) => {
        const to = toC(r, piece)
        return [...to.address, ...joined(total, r, piece), ...arithmeticOf(piece.lanes).store(to.offset)]
      })
    ]
  }

  const lanes = isWide ? many.lanes : 1
  const piecesOf = (size: number): ReadonlyArray<Piece> => {
    const pieces: Array<Piece> = []
    for (let at = 0; at < size; at += pieces.at(-1)!.lanes)
      pieces.push({ column: at, lanes: size - at >= lanes ? lanes : 1 })
    return pieces
  }
  return around(leading, tools, (at) =>
    blocks(rows, Math.min(rows, rowsAtOnce), tools, (down) =>
      blocks(columns, Math.min(columns, piecesAtOnce * lanes), tools, (across) =>
        block(at, down, across, piecesOf(across.size))
      )
    )
  )
}
