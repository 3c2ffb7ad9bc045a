/**
 * Points that chance chooses, from a seed and a count of their own: point i is a hash of the seed, the axis and i, so more
 * points leave the earlier ones as they are, on every machine. Knows nothing of stages.
 */
import { checkCount, checkEnds, rounded, roundedIn, written } from "./axes.ts"
import { sha256 } from "./canonical.ts"
import { SweepInvalid } from "./Errors.ts"

/** Where an axis lies, and how its points are spread. */
export interface Interval {
  readonly first: number
  readonly last: number
  /** `geometric`: every factor of the interval is as likely as another of its size, as for learning rates. */
  readonly scale: "linear" | "geometric" | "whole"
}

/** The numbers from `first` to `last`, as an axis that points are drawn from: real ones, if it is not said otherwise. */
export const between = (first: number, last: number, scale: Interval["scale"] = "linear"): Interval => {
  const sweep = written("between", first, last, scale)
  checkEnds(sweep, first, last)
  if (first >= last) throw new SweepInvalid({ sweep, expected: "a last end above the first", got: `${first}, ${last}` })
  if (scale === "geometric" && first <= 0)
    throw new SweepInvalid({ sweep, expected: "ends above 0, for a geometric scale", got: String(first) })
  if (scale === "whole" && !(Number.isSafeInteger(first) && Number.isSafeInteger(last)))
    throw new SweepInvalid({ sweep, expected: "two whole numbers", got: `${first}, ${last}` })
  return { first, last, scale }
}

/** How many points, and the seed they come from. */
export interface Drawn {
  readonly count: number
  readonly seed: number
}

/** Uniform on [0, 1): the first 52 bits of a hash of a counter. */
const unit = (...counter: ReadonlyArray<string | number>): number =>
  Number.parseInt(sha256("brink-sweep-v1\0", JSON.stringify(counter)).slice(0, 13), 16) / 2 ** 52

/** The value at a fraction of an interval, before it is rounded. */
const valueAt = ({ first, last, scale }: Interval, fraction: number): number =>
  scale === "geometric"
    ? first * (last / first) ** fraction
    : scale === "whole"
      ? first + Math.floor(fraction * (last - first + 1))
      : first + (last - first) * fraction

/** The other way round. */
const fractionOf = ({ first, last, scale }: Interval, value: number): number =>
  scale === "geometric" ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first)

const roundedOn = ({ first, last, scale }: Interval, value: number): number =>
  scale === "geometric" ? rounded(value) : scale === "whole" ? value : roundedIn(last - first, value)

/** A drawn value that is there already is drawn again, so often. */
const ATTEMPTS = 1_000

const check = (sweep: string, { count, seed }: Drawn): void => {
  checkCount(sweep, count)
  if (!Number.isSafeInteger(seed))
    throw new SweepInvalid({ sweep, expected: "a seed that is a whole number", got: String(seed) })
}

const drawOn = (sweep: string, interval: Interval, { count, seed }: Drawn, name: string): ReadonlyArray<number> => {
  const points = new Set<number>()
  for (let i = 0; i < count; i++) {
    let attempt = 0
    let point = Number.NaN
    do point = roundedOn(interval, valueAt(interval, unit(seed, name, i, attempt)))
    while (points.has(point) && ++attempt < ATTEMPTS)
    if (points.has(point))
      throw new SweepInvalid({
        sweep,
        expected: `${count} different values`,
        got: `an interval that holds hardly more than ${points.size}, to four digits`
      })
    points.add(point)
  }
  return [...points]
}

/**
 * `count` different points of an interval, each as likely as another. Grows by any count.
 *
 * Errors  SweepInvalid, thrown, as by all functions below
 */
export const draw = (interval: Interval, drawn: Drawn): ReadonlyArray<number> => {
  const sweep = written("draw", interval.first, interval.last, drawn.count)
  check(sweep, drawn)
  return drawOn(sweep, interval, drawn, "")
}

type Intervals = Readonly<Record<string, Interval>>
type CellOf<A extends Intervals> = { readonly [K in keyof A]: number }

const cellsOf = <A extends Intervals>(
  axes: A,
  count: number,
  columnOf: (name: string, interval: Interval) => ReadonlyArray<number>
): ReadonlyArray<CellOf<A>> => {
  const columns = Object.entries(axes).map(([name, interval]) => [name, columnOf(name, interval)] as const)
  return Array.from(
    { length: count },
    (_, i) => Object.fromEntries(columns.map(([name, column]) => [name, column[i]!])) as CellOf<A>
  )
}

const namesOf = (sweep: string, axes: Intervals): string => {
  const names = Object.keys(axes)
  if (names.length === 0) throw new SweepInvalid({ sweep: `${sweep}()`, expected: "at least one axis", got: "none" })
  return written(sweep, ...names)
}

/** `count` cells, every axis drawn on its own. Grows by any count, and by an axis: the values of the others stay. */
export const random = <const A extends Intervals>(axes: A, drawn: Drawn): ReadonlyArray<CellOf<A>> => {
  const sweep = namesOf("random", axes)
  check(sweep, drawn)
  return cellsOf(axes, drawn.count, (name, interval) => drawOn(`${sweep}, axis "${name}"`, interval, drawn, name))
}

/** The whole numbers below `count`, in an order that the counter decides. */
const shuffled = (count: number, ...counter: ReadonlyArray<string | number>): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => [unit(...counter, i), i] as const)
    .sort(([a, i], [b, j]) => a - b || i - j)
    .map(([, i]) => i)

/** A point of slice `slice` of so many, at as few digits as keep it inside, with the fraction at which it then lies. */
const pointIn = (interval: Interval, slice: number, slices: number, within: number): readonly [number, number] => {
  const exact = valueAt(interval, (slice + within) / slices)
  for (let digits = 4; digits < 16; digits++) {
    const value = Number(exact.toPrecision(digits)) + 0
    const fraction = fractionOf(interval, value)
    if (Math.floor(fraction * slices) === slice) return [value, fraction]
  }
  return [exact, (slice + within) / slices]
}

/** One axis of a Latin hypercube: from one point a slice to two, until there are `count`. */
const slicedColumn = (interval: Interval, { count, seed }: Drawn, name: string): ReadonlyArray<number> => {
  const points: Array<number> = []
  const fractions: Array<number> = []
  const add = (slice: number, slices: number): void => {
    const [value, fraction] = pointIn(interval, slice, slices, unit(seed, name, "within", points.length))
    points.push(value)
    fractions.push(fraction)
  }
  let slices = count
  while (slices % 2 === 0) slices /= 2
  for (const slice of shuffled(slices, seed, name, "slices", slices)) add(slice, slices)
  for (slices *= 2; slices <= count; slices *= 2) {
    const taken = new Set(fractions.map((fraction) => Math.floor(fraction * slices)))
    const empty = Array.from({ length: slices }, (_, i) => i).filter((i) => !taken.has(i))
    for (const i of shuffled(empty.length, seed, name, "slices", slices)) add(empty[i]!, slices)
  }
  return points
}

/**
 * `count` cells of a Latin hypercube: every axis cut into `count` slices, and one cell in each slice of each. Grows by
 * doubling: 24 cells begin with the 12, these with the 6 and these with the 3; a count that is no double draws anew. An
 * axis more leaves the values of the others.
 *
 * Source  C. J. Sallaberry, J. C. Helton, S. C. Hora, Extension of Latin hypercube samples with correlated variables, 2008
 */
export const latinHypercube = <const A extends Intervals>(axes: A, drawn: Drawn): ReadonlyArray<CellOf<A>> => {
  const sweep = namesOf("latinHypercube", axes)
  check(sweep, drawn)
  for (const [name, { scale }] of Object.entries(axes))
    if (scale === "whole")
      throw new SweepInvalid({
        sweep: `${sweep}, axis "${name}"`,
        expected: "a linear or a geometric scale",
        got: "whole numbers, of which a slice may hold none. Round the values of the cells"
      })
  return cellsOf(axes, drawn.count, (name, interval) => slicedColumn(interval, drawn, name))
}
