/**
 * The loops that join elements over some axes: sums, and the largest.
 */
import { arithmeticOf, type Operation } from "../wasm/Arithmetic.ts"
import type { Code } from "../wasm/encodeModule.ts"
import { get, set } from "../wasm/instructions.ts"
import { type Access, accessesIn, type Expression, emitExpression } from "./Expression.ts"
import { axesOf, stored } from "./formula.ts"
import { along, around, isWide, type Nest, nestOf, type Position, reader } from "./loops.ts"
import type { Tools } from "./tools.ts"

/** What changes nothing when it is joined. */
const neutral: Partial<Record<Operation, number>> = { add: 0, max: Number.NEGATIVE_INFINITY }

/** How many parts a sum has, so that no addition waits for the one before. */
const parts = 4

interface Reduction {
  readonly expression: Expression
  readonly join: Operation
  readonly target: Access
  readonly tools: Tools
  /** Loops over the axes that stay, and those that are joined within them. */
  readonly kept: Nest
  readonly over: Nest
  /** All of them. */
  readonly nest: Nest
}

const start = ({ join, tools }: Reduction, lanes: number, total: number): Code => [
  ...arithmeticOf(tools.element, lanes).number(neutral[join]!),
  ...set(total)
]

/** total ← total ∘ element, for elements at once along one of the loops. */
const joinElement = (
  { expression, join, tools, nest }: Reduction,
  at: ReadonlyArray<Position>,
  lanes: number,
  total: number,
  loop?: number
): Code => {
  const arithmetic = arithmeticOf(tools.element, lanes)
  const value = emitExpression(expression, tools, arithmetic, reader(nest, at, lanes, tools, loop))
  return [...get(total), ...value, ...arithmetic.operations[join], ...set(total)]
}

/** Stores what the code leaves, where the loops over the axes that stay are at. */
const storeTotal = (
  { target, tools, nest, over }: Reduction,
  at: ReadonlyArray<Position>,
  lanes: number,
  value: Code
): Code => {
  const whole = [...at, ...over.sizes.map(() => ({ local: undefined, plus: 0 }))]
  return stored(target, nest, whole, lanes, tools, value)
}

/** Each lane is a total of its own: many along the last axis that stays are made at once. */
const across = (reduction: Reduction): Code => {
  const { expression, tools, kept, over } = reduction
  const last = kept.sizes.length - 1
  return around(kept.sizes.slice(0, -1), tools, (above) =>
    along(kept.sizes[last]!, tools.element.many.lanes, expression, tools, (inner, lanes) => {
      const total = tools.local(arithmeticOf(tools.element, lanes).type)
      const place = [...above, inner]
      const sum = around(over.sizes, tools, (at) => joinElement(reduction, [...place, ...at], lanes, total, last))
      return [...start(reduction, lanes, total), ...sum, ...storeTotal(reduction, place, lanes, get(total))]
    })
  )
}

/** Leaves the join of some totals, all of their lanes. */
const joinTotals = ({ join, tools }: Reduction, lanes: number, totals: ReadonlyArray<number>): Code => {
  const { one, many } = tools.element
  const [first, ...others] = totals
  const all = [
    ...get(first!),
    ...others.flatMap((total) => [...get(total), ...arithmeticOf(tools.element, lanes).operations[join]])
  ]
  if (lanes === 1) return all
  const single = Array.from({ length: lanes }, (_, lane) => [
    ...[...get(first!), ...many.lane(lane)],
    ...(lane === 0 ? [] : one.operations[join])
  ])
  return [...all, ...set(first!), ...single.flat()]
}

/** Many elements along the last axis that is joined are added at once, if `wide` is more than 1. */
const within = (reduction: Reduction, wide: number): Code => {
  const { expression, join, tools, kept, over } = reduction
  return around(kept.sizes, tools, (above) => {
    /** By the number of lanes, and the part of the sum. */
    const totals = new Map<number, Map<number, number>>()
    const totalOf = (lanes: number, turn: number): number => {
      const known = totals.get(lanes) ?? new Map<number, number>()
      const own = known.get(turn % parts) ?? tools.local(arithmeticOf(tools.element, lanes).type)
      totals.set(lanes, known.set(turn % parts, own))
      return own
    }
    const sum = around(over.sizes.slice(0, -1), tools, (at) =>
      along(over.sizes.at(-1) ?? 1, wide, expression, tools, (inner, lanes, turn) => {
        const place = [...above, ...at, ...(over.sizes.length === 0 ? [] : [inner])]
        return joinElement(reduction, place, lanes, totalOf(lanes, turn))
      })
    )
    const lists = [...totals].map(([lanes, known]) => [lanes, [...known.values()]] as const)
    const starts = lists.flatMap(([lanes, list]) => list.flatMap((total) => start(reduction, lanes, total)))
    const results = lists.map(([lanes, list]) => joinTotals(reduction, lanes, list))
    const joins = results.slice(1).flatMap(() => tools.element.one.operations[join])
    return [...starts, ...sum, ...storeTotal(reduction, above, 1, [...results.flat(), ...joins])]
  })
}

/** The elements of a shape joined over some of its axes, into memory; the target has strides of 0 along those. */
export const emitReduction = (
  expression: Expression,
  join: Operation,
  shape: ReadonlyArray<number>,
  reduced: ReadonlyArray<number>,
  target: Access,
  tools: Tools
): Code => {
  const accesses = [...accessesIn(expression), target]
  const nestWhere = (isReduced: boolean): Nest =>
    nestOf(
      axesOf(shape).filter(([axis]) => reduced.includes(axis) === isReduced),
      accesses
    )
  const [kept, over] = [nestWhere(false), nestWhere(true)]
  const strides = accesses.map(
    (access) => [access, [...kept.strides.get(access)!, ...over.strides.get(access)!]] as const
  )
  const nest: Nest = { sizes: [...kept.sizes, ...over.sizes], strides: new Map(strides) }
  const reduction = { expression, join, target, tools, kept, over, nest }
  const isWithin = over.sizes.length > 0 && isWide(expression, nest)
  const isAcross = over.sizes.length > 0 && isWide(expression, nest, kept.sizes.length - 1)
  return isAcross && !isWithin ? across(reduction) : within(reduction, isWithin ? tools.element.many.lanes : 1)
}
