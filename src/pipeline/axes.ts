/**
 * The points of one axis of a sweep, as plain arrays: counted, at equal distances, at equal ratios. Each function says what
 * it may grow by, so that the points that were there stay, to the bit. Knows nothing of cells, of stages and of chance.
 */
import { SweepInvalid } from "./Errors.ts"

/** More points than anybody means: a step that is too small by a mistake, say. */
const MOST = 1_000_000

/** How a call of a function looks, for messages. */
export const written = (name: string, ...values: ReadonlyArray<unknown>): string => `${name}(${values.join(", ")})`

/** Refuses what is no whole number from one to the largest sensible count. */
export const checkCount = (sweep: string, count: number): void => {
  if (!Number.isInteger(count) || count < 1 || count > MOST)
    throw new SweepInvalid({ sweep, expected: `a count from 1 to ${MOST}`, got: String(count) })
}

/** Refuses numbers that no point can lie at. */
export const checkEnds = (sweep: string, ...ends: ReadonlyArray<number>): void => {
  for (const end of ends)
    if (!Number.isFinite(end)) throw new SweepInvalid({ sweep, expected: "finite numbers", got: String(end) })
}

/** A number without the dust that arithmetic leaves behind its twelfth digit: 0.1 + 2 · 0.1 → 0.3 */
const clean = (value: number): number => Number(value.toPrecision(12)) + 0

/** Four significant digits, so that a cell has the same name and value on every machine. */
export const rounded = (value: number): number => Number(value.toPrecision(4)) + 0

/** Rounded to a ten-thousandth of the power of ten that holds the span; how many points there are does not matter. */
export const roundedIn = (span: number, value: number): number => {
  const power = Math.ceil(Math.log10(Math.abs(span))) - 4
  return power >= 0
    ? Math.round(value / 10 ** power) * 10 ** power + 0
    : Number(value.toFixed(Math.min(100, -power))) + 0
}

/** Refuses points that came out equal: they are closer than rounding tells apart. */
const distinct = (sweep: string, points: ReadonlyArray<number>): ReadonlyArray<number> => {
  if (new Set(points).size === points.length) return points
  const twice = points.find((point, i) => points.indexOf(point) !== i)
  throw new SweepInvalid({
    sweep,
    expected: "points that differ when they are rounded to four digits",
    got: `${twice} twice. Ask for fewer points, or list the values`
  })
}

/** Points between two ends; the ends are what was given, to the digit. */
const between = (
  sweep: string,
  first: number,
  last: number,
  count: number,
  inside: (fraction: number) => number
): ReadonlyArray<number> => {
  checkEnds(sweep, first, last)
  checkCount(sweep, count)
  if (count > 1 && first === last)
    throw new SweepInvalid({ sweep, expected: `two ends that differ, for ${count} points`, got: `${first} twice` })
  const points = Array.from({ length: count }, (_, i) =>
    i === 0 ? first : i === count - 1 ? last : inside(i / (count - 1))
  )
  return distinct(sweep, points)
}

/**
 * 0, 1, …, count − 1. Grows by any count.
 *
 * Errors  SweepInvalid, thrown, as by all functions below
 */
export const range = (count: number): ReadonlyArray<number> => {
  checkCount(written("range", count), count)
  return Array.from({ length: count }, (_, index) => index)
}

/**
 * `first`, `first + step`, … up to `last`, which is among them where the step meets it. Grows by a later `last`.
 */
export const steps = (first: number, last: number, step: number): ReadonlyArray<number> => {
  const sweep = written("steps", first, last, step)
  checkEnds(sweep, first, last, step)
  if (step === 0 || (last - first) / step < 0) {
    const expected = first === last ? "a step that is not 0" : `a step ${first < last ? "above" : "below"} 0`
    throw new SweepInvalid({ sweep, expected, got: String(step) })
  }
  const count = Math.floor(clean((last - first) / step)) + 1
  checkCount(sweep, count)
  return Array.from({ length: count }, (_, i) => clean(first + i * step))
}

/** `count` points from `first` to `last`, at equal distances. Grows from n points to 2n − 1, which halves the distances. */
export const linear = (first: number, last: number, count: number): ReadonlyArray<number> =>
  between(written("linear", first, last, count), first, last, count, (fraction) =>
    roundedIn(last - first, first + (last - first) * fraction)
  )

/** `count` points from `first` to `last`, at equal ratios. Grows from n points to 2n − 1, which takes their square roots. */
export const geometric = (first: number, last: number, count: number): ReadonlyArray<number> => {
  const sweep = written("geometric", first, last, count)
  checkEnds(sweep, first, last)
  if (first === 0 || last / first <= 0)
    throw new SweepInvalid({ sweep, expected: "two ends that are not 0, of one sign", got: `${first} and ${last}` })
  return between(sweep, first, last, count, (fraction) => rounded(first * (last / first) ** fraction))
}
