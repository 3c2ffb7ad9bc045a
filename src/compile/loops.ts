/**
 * Loops over the elements of values: axes that lie one after the other in memory become one, and the innermost loop takes as many
 * elements at once as fit. Knows memory and strides, no ops.
 */
import { arithmeticOf } from "../wasm/Arithmetic.ts"
import { type Code, types } from "../wasm/encodeModule.ts"
import { get, integer, loop, plus, times } from "../wasm/instructions.ts"
import { type Access, accessesIn, type Expression, sizeIn } from "./Expression.ts"
import type { Tools } from "./tools.ts"

/** How often the body of a loop is written out, if it is short. */
const copies = 4
/** Parts of a formula. */
const short = 24

/** The sizes of loops around an element, and how each access moves with them. */
export interface Nest {
  readonly sizes: ReadonlyArray<number>
  /** For each access its strides, in elements. */
  readonly strides: ReadonlyMap<Access, ReadonlyArray<number>>
}

/** The nest of some axes, without those of size 1, and with those joined that every access runs through as one. */
export const nestOf = (
  axes: ReadonlyArray<readonly [axis: number, size: number]>,
  accesses: ReadonlyArray<Access>
): Nest => {
  const strideIn = (access: Access, axis: number): number => access.strides[axis] ?? 0
  const joined: Array<{ size: number; axis: number }> = []
  for (const [axis, size] of axes) {
    if (size === 1) continue
    const outer = joined.at(-1)
    const isOne =
      outer !== undefined && accesses.every((access) => strideIn(access, outer.axis) === size * strideIn(access, axis))
    if (isOne) joined[joined.length - 1] = { size: outer.size * size, axis }
    else joined.push({ size, axis })
  }
  return {
    sizes: joined.map(({ size }) => size),
    strides: new Map(accesses.map((access) => [access, joined.map(({ axis }) => strideIn(access, axis))]))
  }
}

/** Where the loops stand: for each loop the local that counts its elements, if it is a loop, and a number besides. */
export interface Position {
  readonly local: number | undefined
  readonly plus: number
}

/** The address of an access but for a number of bytes, and that number. */
export const addressOf = (
  access: Access,
  strides: ReadonlyArray<number>,
  at: ReadonlyArray<Position>,
  bytes: number
): { readonly address: Code; readonly offset: number } => {
  const terms = at.flatMap(({ local }, i): ReadonlyArray<Code> => {
    const stride = strides[i]!
    return local === undefined || stride === 0 ? [] : [[...get(local), ...integer(stride * bytes), ...times]]
  })
  const shift = at.reduce((sum, position, i) => sum + position.plus * strides[i]!, 0)
  const [first = integer(0), ...others] = terms
  return { address: [...first, ...others.flatMap((term) => [...term, ...plus])], offset: access.offset + shift * bytes }
}

/** The instructions that read an access where the loops stand; `lanes` elements of them along the last loop. */
export const reader =
  (nest: Nest, at: ReadonlyArray<Position>, lanes: number, { element }: Tools, along = nest.sizes.length - 1) =>
  (access: Access): Code => {
    const strides = nest.strides.get(access)!
    const { address, offset } = addressOf(access, strides, at, element.bytes)
    const arithmetic = arithmeticOf(element, lanes)
    const isOne = lanes > 1 && strides[along] === 0
    return [...address, ...(isOne ? arithmetic.repeat(offset) : arithmetic.load(offset))]
  }

/** Loops over all sizes, one in the other, around a body that is told where they stand. */
export const around = (
  sizes: ReadonlyArray<number>,
  tools: Tools,
  body: (at: ReadonlyArray<Position>) => Code,
  outer: ReadonlyArray<Position> = []
): Code => {
  const [size, ...inner] = sizes
  if (size === undefined) return body(outer)
  const local = tools.local(types.i32)
  return loop(local, size, 1, around(inner, tools, body, [...outer, { local, plus: 0 }]))
}

/**
 * One loop over `size` elements: the formula for `lanes` at once, and for the rest one by one. `turn` numbers the bodies that are
 * written out.
 */
export const along = (
  size: number,
  lanes: number,
  expression: Expression,
  tools: Tools,
  body: (at: Position, lanes: number, turn: number) => Code
): Code => {
  const written = sizeIn(expression) <= short ? copies : 1
  const step = lanes * written
  const whole = size >= 2 * step ? size - (size % step) : 0
  const code: Array<Code> = []
  if (whole > 0) {
    const local = tools.local(types.i32)
    const bodies = Array.from({ length: written }, (_, turn) => body({ local, plus: turn * lanes }, lanes, turn))
    code.push(loop(local, whole, step, bodies.flat()))
  }
  let [at, turn] = [whole, 0]
  while (at < size) {
    const width = size - at >= lanes ? lanes : 1
    code.push(body({ local: undefined, plus: at }, width, turn++))
    at += width
  }
  return code.flat()
}

/** May the last of the nest's loops (or another) take many elements at once? */
export const isWide = (expression: Expression, nest: Nest, loopIndex = nest.sizes.length - 1): boolean =>
  loopIndex >= 0 && accessesIn(expression).every((access) => [0, 1].includes(nest.strides.get(access)![loopIndex]!))
