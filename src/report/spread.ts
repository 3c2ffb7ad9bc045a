/**
 * The mean of a few numbers, and how far it may be off.
 */

export interface Spread {
  readonly mean: number
  /** The standard error of the mean; `null` for one number. */
  readonly error: number | null
  readonly count: number
}

/** `null` for no numbers. */
export const spreadOf = (values: ReadonlyArray<number>): Spread | null => {
  const count = values.length
  if (count === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: count === 1 ? null : Math.sqrt(squares / (count - 1) / count), count }
}

/** The 97.5 % quantile of Student's t with 1, 2, … degrees of freedom. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const
const normalQuantile = 1.959964

/** For more of them: within 0.0002. Source: Abramowitz, Stegun 1964, 26.7.5 */
const quantileOf = (freedom: number): number => {
  const z = normalQuantile
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384
  ]
  return quantiles[freedom - 1] ?? terms.reduce((sum, term, order) => sum + term / freedom ** order, 0)
}

/** Whether the mean is above 0, with 97.5 % certainty where the numbers are normal. */
export const clearlyPositive = ({ mean, error, count }: Spread): boolean =>
  error !== null && mean > quantileOf(count - 1) * error
