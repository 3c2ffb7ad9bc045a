/**
 * The loops that make every element of a value by one formula.
 */
import { arithmeticOf } from "../wasm/Arithmetic.ts"
import type { Code } from "../wasm/encodeModule.ts"
import { type Access, accessesIn, type Expression, emitExpression } from "./Expression.ts"
import { addressOf, along, around, isWide, type Nest, nestOf, type Position, reader } from "./loops.ts"
import type { Tools } from "./tools.ts"

/** Axes of a shape, with their sizes. */
export type Axes = ReadonlyArray<readonly [axis: number, size: number]>

export const axesOf = (shape: ReadonlyArray<number>): Axes => shape.map((size, axis) => [axis, size] as const)

/** Stores what the code leaves at the place of an access. */
export const stored = (
  target: Access,
  nest: Nest,
  at: ReadonlyArray<Position>,
  lanes: number,
  { element }: Tools,
  value: Code
): Code => {
  const { address, offset } = addressOf(target, nest.strides.get(target)!, at, element.bytes)
  return [...address, ...value, ...arithmeticOf(element, lanes).store(offset)]
}

/** Every element of a shape, into memory. */
export const emitFormula = (
  expression: Expression,
  shape: ReadonlyArray<number>,
  target: Access,
  tools: Tools
): Code => {
  const nest = nestOf(axesOf(shape), [...accessesIn(expression), target])
  const wide = isWide(expression, nest) ? tools.element.many.lanes : 1
  return around(nest.sizes.slice(0, -1), tools, (above) =>
    along(nest.sizes.at(-1) ?? 1, wide, expression, tools, (inner, lanes) => {
      const at = nest.sizes.length === 0 ? [] : [...above, inner]
      const arithmetic = arithmeticOf(tools.element, lanes)
      const value = emitExpression(expression, tools, arithmetic, reader(nest, at, lanes, tools))
      return stored(target, nest, at, lanes, tools, value)
    })
  )
}
