/**
 * Where axes begin, end and carry labels. Computed here rather than left to the renderer, so that panels that share an
 * axis share it exactly and labels never crowd.
 */
import { powerOfTen } from "../format.ts"

export type Domain = readonly [number, number]

/** The finite numbers among values of which some were not measured. */
export const measured = (values: Iterable<number | null>): ReadonlyArray<number> => {
  const finite: Array<number> = []
  for (const value of values) if (value !== null && Number.isFinite(value)) finite.push(value)
  return finite
}

/** Smallest and largest value; `[0, 1]` where there is none, so that an empty figure still has axes. */
export const extent = (values: ReadonlyArray<number>): Domain => {
  if (values.length === 0) return [0, 1]
  let [low, high] = [values[0]!, values[0]!]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

/** Widened by a share of its length below and above; a single point gets a tenth of its size. */
export const widen = ([low, high]: Domain, below: number, above: number): Domain => {
  const length = high - low || Math.abs(high) / 5 || 1
  return [low - below * length, high + above * length]
}

/** Widened by a share of its length on a logarithmic axis. */
export const widenLog = ([low, high]: Domain, share: number): Domain => {
  const factor = (high / low) ** share * (high === low ? 1.5 : 1)
  return [low / factor, high * factor]
}

/** Where runs without a value are drawn: on the upper edge. */
export const upperEdge = ([, high]: Domain): number => high

/** Smallest and largest positive value, for a logarithmic axis; one decade where there is none. */
export const extentLog = (values: ReadonlyArray<number>): Domain => {
  const positive = values.filter((value) => value > 0)
  return positive.length === 0 ? [0.1, 1] : extent(positive)
}

const decadesOf = ([low, high]: Domain, mantissas: ReadonlyArray<number>): ReadonlyArray<number> => {
  const ticks: Array<number> = []
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const mantissa of mantissas) {
      const value = Number(`${mantissa}e${exponent}`)
      if (value >= low && value <= high) ticks.push(value)
    }
  }
  return ticks
}

/** Round values of a logarithmic axis: 1, 2, 5 per decade, or fewer where these would be more than `most`. */
export const logTicks = (domain: Domain, most = 8): ReadonlyArray<number> => {
  for (const mantissas of [[1, 2, 3, 4, 5, 6, 8], [1, 2, 5], [1, 3], [1]]) {
    const ticks = decadesOf(domain, mantissas)
    if (ticks.length <= most) return ticks
  }
  const decades = decadesOf(domain, [1])
  return decades.filter((_, i) => i % Math.ceil(decades.length / most) === 0)
}

/** An expression that labels ticks: powers of ten on an axis of many decades, plain numbers on a short one. */
export const logLabel = (domain: Domain): string => {
  const first = Math.floor(Math.log10(domain[0]))
  const last = Math.ceil(Math.log10(domain[1]))
  if (last - first <= 3 && first >= -4) return "format(datum.value, '~g')"
  const powers = Array.from({ length: last - first + 1 }, (_, i) => `'${powerOfTen(first + i)}'`)
  const exponent = "round(log(datum.value) / LN10)"
  return `abs(log(datum.value) / LN10 - ${exponent}) < 1e-9 ? [${powers.join(",")}][${exponent} - ${first}] : format(datum.value, '~e')`
}

/** `count` points from `low` to `high`, evenly spaced on a logarithmic axis. */
export const geometric = ([low, high]: Domain, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)))
