/**
 * Whether both sides of a benchmark calculated the same, without which their times would say nothing.
 */

export const dot = (a: Float64Array, b: ArrayLike<number>): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** The relative difference; throws where it is more than rounding. */
export const agree = (what: string, ours: number, theirs: number): number => {
  const difference = Math.abs(ours / theirs - 1)
  if (difference < 1e-4) return difference
  throw new Error(`${what}: brink has ${ours}, PyTorch ${theirs}`)
}
