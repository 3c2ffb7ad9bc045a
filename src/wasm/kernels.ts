/**
 * The loops that make a value: of a formula over its elements, and of a reduction of them.
 */

import type { Operation } from "./Arithmetic.ts"
import { type Access, accessesIn, type Expression, emitExpression, type Tools } from "./Expression.ts"
import type { Code } from "./encodeModule.ts"
import { get, set } from "./instructions.ts"
import { addressOf, along, around, isWide, type Nest, nestOf, type Position, reader } from "./loops.ts"

type Axes = ReadonlyArray<readonly [axis: number, size: number]>

const axesOf = (shape: ReadonlyArray<number>): Axes => shape.map((size, axis) => [axis, size] as const)

/** Stores what the code leaves at the place of an access. */
const stored = (
  target: Access,
  nest: Nest,
  at: ReadonlyArray<Position>,
  lanes: number,
  { element }: Tools,
  value: Code
): Code => {
  const { address, offset } = addressOf(target, nest.strides.get(target)!, at, element.bytes)
  return [...address, ...value, ...(lanes === 1 ? element.one : element.many).store(offset)]
}

/** Every element of a shape, into memory. */
export const emitFormula = (
  expression: Expression,
  shape: ReadonlyArray<number>,
  target: Access,
  tools: Tools
): Code => {
  const nest = nestOf(axesOf(shape), [...accessesIn(expression), target])
  const outer = nest.sizes.slice(0, -1)
  const wide = isWide(expression, nest) ? tools.element.many.lanes : 1
  return around(outer, tools, (above) =>
    along(nest.sizes.at(-1) ?? 1, wide, expression, tools, (inner, lanes) => {
      const at = nest.sizes.length === 0 ? [] : [...above, inner]
      const arithmetic = lanes === 1 ? tools.element.one : tools.element.many
      const value = emitExpression(expression, tools, arithmetic, reader(nest, at, lanes, tools))
      return stored(target, nest, at, lanes, tools, value)
    })
  )
}

const neutral: Partial<Record<Operation, number>> = { add: 0, max: Number.NEGATIVE_INFINITY }

/** Joins the lanes of a local into one element. */
const joinLanes = (local: number, join: Operation, { element }: Tools): Code =>
  Array.from({ length: element.many.lanes }, (_, lane) => [
    ...get(local),
    ...element.many.lane(lane),
    ...(lane === 0 ? [] : element.one.operations[join])
  ]).flat()

/**
 * The elements of a shape joined over some of its axes, into memory. Sums have several parts that are joined in the end, so that
 * one addition does not wait for the one before.
 */
export const emitReduction = (
  expression: Expression,
  join: Operation,
  shape: ReadonlyArray<number>,
  reduced: ReadonlyArray<number>,
  target: Access,
  tools: Tools
): Code => {
  const accesses = [...accessesIn(expression), target]
  const axes = axesOf(shape)
  const over = nestOf(
    axes.filter(([axis]) => reduced.includes(axis)),
    accesses
  )
  const kept = nestOf(
    axes.filter(([axis]) => !reduced.includes(axis)),
    accesses
  )
  const nest: Nest = {
    sizes: [...kept.sizes, ...over.sizes],
    strides: new Map(accesses.map((access) => [access, [...kept.strides.get(access)!, ...over.strides.get(access)!]]))
  }
  const { element, local } = tools
  const starting = neutral[join]!
  const last = nest.sizes.length - 1
  const acrossKept = kept.sizes.length - 1
  const isAcross = over.sizes.length > 0 && !isWide(expression, nest, last) && isWide(expression, nest, acrossKept)

  if (isAcross) {
    // The last axis that stays is the one of many at once: each lane is a sum of its own.
    return around(kept.sizes.slice(0, -1), tools, (above) =>
      along(kept.sizes.at(-1)!, element.many.lanes, expression, tools, (inner, lanes) => {
        const arithmetic = lanes === 1 ? element.one : element.many
        const total = local(arithmetic.type)
        const before = [...above, inner]
        const sum = around(over.sizes, tools, (at) => {
          const read = reader(nest, [...before, ...at], lanes, tools, acrossKept)
          const value = emitExpression(expression, tools, arithmetic, read)
          return [...get(total), ...value, ...arithmetic.operations[join], ...set(total)]
        })
        const at = [...before, ...over.sizes.map(() => ({ local: undefined, plus: 0 }))]
        return [
          ...[...arithmetic.number(starting), ...set(total)],
          ...sum,
          ...stored(target, nest, at, lanes, tools, get(total))
        ]
      })
    )
  }

  const wide = over.sizes.length > 0 && isWide(expression, nest) ? element.many.lanes : 1
  return around(kept.sizes, tools, (above) => {
    const totals = new Map<string, { readonly local: number; readonly lanes: number }>()
    const totalOf = (lanes: number, turn: number): number => {
      const key = `${lanes} ${turn % 4}`
      const known = totals.get(key) ?? { local: local((lanes === 1 ? element.one : element.many).type), lanes }
      totals.set(key, known)
      return known.local
    }
    const sum = around(over.sizes.slice(0, -1), tools, (at) =>
      along(over.sizes.at(-1) ?? 1, wide, expression, tools, (inner, lanes, turn) => {
        const arithmetic = lanes === 1 ? element.one : element.many
        const place = [...above, ...at, ...(over.sizes.length === 0 ? [] : [inner])]
        const total = totalOf(lanes, turn)
        const value = emitExpression(expression, tools, arithmetic, reader(nest, place, lanes, tools))
        return [...get(total), ...value, ...arithmetic.operations[join], ...set(total)]
      })
    )
    const parts = [...totals.values()]
    const start = parts.flatMap((part) => [
      ...(part.lanes === 1 ? element.one : element.many).number(starting),
      ...set(part.local)
    ])
    const [many, one] = [parts.filter(({ lanes }) => lanes > 1), parts.filter(({ lanes }) => lanes === 1)]
    const [firstMany, ...otherMany] = many
    const manyCode =
      firstMany === undefined
        ? []
        : [
            ...otherMany.flatMap((part) => [
              ...[...get(firstMany.local), ...get(part.local)],
              ...[...element.many.operations[join], ...set(firstMany.local)]
            ]),
            ...joinLanes(firstMany.local, join, tools)
          ]
    const [firstOne, ...otherOne] = one
    const oneCode =
      firstOne === undefined
        ? []
        : [
            ...get(firstOne.local),
            ...otherOne.flatMap((part) => [...get(part.local), ...element.one.operations[join]]),
            ...(firstMany === undefined ? [] : element.one.operations[join])
          ]
    const at = [...above, ...over.sizes.map(() => ({ local: undefined, plus: 0 }))]
    return [...start, ...sum, ...stored(target, nest, at, 1, tools, [...manyCode, ...oneCode])]
  })
}
