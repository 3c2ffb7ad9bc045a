/**
 * A mean of equally distributed random numbers, with what is known of its error. Knows nothing of what they are.
 */
export interface Estimate {
  readonly value: number
  /** Standard deviation of the value, estimated from the spread of the draws; undefined of a single one. */
  readonly standardError: number | undefined
  readonly draws: number
}

/** The mean of the draws. */
export const estimate = (draws: ReadonlyArray<number>): Estimate => {
  const count = draws.length
  const value = draws.reduce((sum, draw) => sum + draw, 0) / count
  const squares = draws.reduce((sum, draw) => sum + (draw - value) ** 2, 0)
  return { value, standardError: count > 1 ? Math.sqrt(squares / (count - 1) / count) : undefined, draws: count }
}
