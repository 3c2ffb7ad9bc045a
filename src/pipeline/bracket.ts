/**
 * Where along an axis an outcome changes, and which points to look at next: for stages whose artifact refines a sweep. Plain
 * functions of points; knows nothing of sweeps and of stages. Artifacts hold what they give: a change here raises `PROTOCOL`.
 */

/** What came out at a point of an axis. */
export interface Outcome<O> {
  readonly at: number
  readonly outcome: O
}

/** Two neighbours with different outcomes. */
export interface Bracket<O> {
  readonly below: Outcome<O>
  readonly above: Outcome<O>
}

export interface RefineOptions {
  /** A bracket so narrow is left as it is: above − below, or above / below − 1 on a geometric scale. */
  readonly tolerance: number
  /** Default `linear` */
  readonly scale?: "linear" | "geometric"
  /** Into how many parts a bracket is cut; more take fewer rounds and more cells. Default 2 */
  readonly parts?: number
}

/** Every place at which the outcome changes, in order of the axis. */
export const brackets = <O>(points: ReadonlyArray<Outcome<O>>): ReadonlyArray<Bracket<O>> => {
  const sorted = [...points].sort((a, b) => a.at - b.at)
  return sorted.slice(1).flatMap((above, i) => {
    const below = sorted[i]!
    return below.outcome === above.outcome || below.at === above.at ? [] : [{ below, above }]
  })
}

/** The number of fewest digits that is no farther from another than so, for short addresses. */
const shortest = (value: number, away: number): number => {
  for (let digits = 1; digits < 16; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.abs(short - value) <= away) return short + 0
  }
  return value
}

/** The share of a part by which a point may lie off, so that its number is short. */
const SLACK = 0.1

/** Of differences: 1.002 − 1.001 is a little above 0.001. */
const ROUNDING = 1e-9

/** Points that cut a bracket into parts; none where it is narrow enough, or holds no number between its ends. */
const cut = <O>({ below, above }: Bracket<O>, { tolerance, scale = "linear", parts = 2 }: RefineOptions) => {
  const [low, high] = [below.at, above.at]
  const width = scale === "linear" ? high - low : high / low - 1
  if (width <= tolerance * (1 + ROUNDING)) return []
  const away = (SLACK * (high - low)) / parts
  return Array.from({ length: parts - 1 }, (_, i) => {
    const fraction = (i + 1) / parts
    return shortest(scale === "linear" ? low + (high - low) * fraction : low * (high / low) ** fraction, away)
  }).filter((point) => point > low && point < high)
}

/** The points to add to an axis: inside every bracket that is wider than the tolerance. */
export const refine = <O>(points: ReadonlyArray<Outcome<O>>, options: RefineOptions): ReadonlyArray<number> =>
  brackets(points).flatMap((bracket) => cut(bracket, options))
