/**
 * The cells of a sweep, as plain arrays of plain records: a pipeline maps over them. Axes are arrays too, so whatever makes
 * an array makes an axis. Knows nothing of stages.
 */
import { checkAxis, identity } from "./Axis.ts"
import { canonicalValue, sha256 } from "./canonical.ts"
import type { Drawn } from "./draws.ts"
import { SweepInvalid } from "./Errors.ts"

export { axis } from "./Axis.ts"
export { geometric, linear, range, steps } from "./axes.ts"
export { between, draw, latinHypercube, random } from "./draws.ts"

type Axes = Readonly<Record<string, ReadonlyArray<unknown>>>
type Cell = Readonly<Record<string, unknown>>
/** A cell of a sweep over the given axes: one value of each. */
export type CellOf<G extends Axes> = { readonly [K in keyof G]: G[K][number] }

const checkAxes = (axes: Axes): void => {
  for (const [name, values] of Object.entries(axes)) checkAxis(`axis "${name}"`, values)
}

/**
 * Every combination of the given values; the last name varies fastest. Grows by a value of an axis.
 *
 * Errors  SweepInvalid, thrown, as by all functions below
 */
export const grid = <const G extends Axes>(axes: G): ReadonlyArray<CellOf<G>> => {
  checkAxes(axes)
  return Object.entries(axes).reduce<ReadonlyArray<Cell>>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}]
  ) as ReadonlyArray<CellOf<G>>
}

/** The first values of all axes, then the second ones, …; axes of one length. A value may come more than once in an axis. */
export const zip = <const G extends Axes>(axes: G): ReadonlyArray<CellOf<G>> => {
  const entries = Object.entries(axes)
  const sweep = `zip(${entries.map(([name]) => name).join(", ")})`
  const lengths = entries.map(([name, values]) => `${values.length} of ${name}`).join(", ")
  const [length = 0] = entries.map(([, values]) => values.length)
  if (length === 0) throw new SweepInvalid({ sweep, expected: "at least one value", got: lengths || "no axis" })
  if (entries.some(([, values]) => values.length !== length))
    throw new SweepInvalid({ sweep, expected: "as many values of each axis", got: lengths })
  const cells = Array.from({ length }, (_, i) => Object.fromEntries(entries.map(([name, values]) => [name, values[i]])))
  checkAxis(sweep, cells)
  return cells as unknown as ReadonlyArray<CellOf<G>>
}

/** Every cell of the first sweep with every one of the second, which have no axis in common. */
export const cross = <A extends Cell, B extends Cell>(
  first: ReadonlyArray<A>,
  second: ReadonlyArray<B>
): ReadonlyArray<A & B> => {
  const common = Object.keys(first[0] ?? {}).filter((name) => Object.hasOwn(second[0] ?? {}, name))
  if (common.length > 0)
    throw new SweepInvalid({
      sweep: "cross",
      expected: "sweeps of different axes",
      got: `${common.join(", ")} in both`
    })
  return first.flatMap((a) => second.map((b) => ({ ...a, ...b })))
}

/** The cells of all sweeps, each once, in the order in which they first come: a coarse grid, and a finer one inside it. */
export const union = <C extends Cell>(...sweeps: ReadonlyArray<ReadonlyArray<C>>): ReadonlyArray<C> => [
  ...new Map(sweeps.flat().map((cell) => [identity("union", cell), cell])).values()
]

/** The cells that a condition holds for; at least one. */
export const where = <C>(cells: ReadonlyArray<C>, holds: (cell: C) => boolean): ReadonlyArray<C> => {
  const kept = cells.filter(holds)
  if (kept.length === 0)
    throw new SweepInvalid({
      sweep: "where",
      expected: "a condition that a cell meets",
      got: `none of ${cells.length}`
    })
  return kept
}

/**
 * `count` of the cells, chosen by chance; all where there are no more. Grows by any count: each cell has a place of its own
 * in the order of choice, by a hash of the seed and the cell, so a cell more among the given ones moves no other.
 */
export const sample = <C>(cells: ReadonlyArray<C>, { count, seed }: Drawn): ReadonlyArray<C> => {
  checkAxis("sample", cells)
  if (!Number.isInteger(count) || count < 1)
    throw new SweepInvalid({ sweep: "sample", expected: "a count of 1 or more", got: String(count) })
  const placed = cells.map(
    (cell) => [sha256("brink-sample-v1\0", JSON.stringify(seed), canonicalValue(cell)), cell] as const
  )
  return placed
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, cell]) => cell)
}
