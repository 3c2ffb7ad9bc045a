/**
 * The points of a sweep, as plain arrays: a pipeline maps over them. Knows nothing of stages.
 */

/** Every combination of the given values; the last name varies fastest. */
export const grid = <const G extends Readonly<Record<string, ReadonlyArray<unknown>>>>(
  axes: G
): ReadonlyArray<{ readonly [K in keyof G]: G[K][number] }> =>
  Object.entries(axes).reduce<ReadonlyArray<Record<string, unknown>>>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}]
  ) as ReadonlyArray<{ readonly [K in keyof G]: G[K][number] }>

/** 0, 1, …, count − 1. */
export const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/** Rounded to four significant digits, so that a cell has the same name and value on every machine. */
const rounded = (value: number): number => Number(value.toPrecision(4))

/** `count` points from `first` to `last`, at equal ratios. */
export const geometric = (first: number, last: number, count: number): ReadonlyArray<number> =>
  range(count).map((index) => rounded(count === 1 ? first : first * (last / first) ** (index / (count - 1))))

/** `count` points from `first` to `last`, at equal distances. */
export const linear = (first: number, last: number, count: number): ReadonlyArray<number> =>
  range(count).map((index) => rounded(count === 1 ? first : first + ((last - first) * index) / (count - 1)))
