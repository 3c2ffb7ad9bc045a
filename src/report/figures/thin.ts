/**
 * Fewer points for the same picture: a curve of many thousand steps is cut into equal stretches, and of each only the
 * lowest and the highest point stay, so that an oscillation keeps its full height.
 */

/** At most `most` of the points, in their order; all of them where there are not more. */
export const thin = <P>(points: ReadonlyArray<P>, value: (point: P) => number, most: number): ReadonlyArray<P> => {
  if (points.length <= most) return points
  const stretches = Math.max(1, Math.floor((most - 2) / 2))
  const kept: Array<P> = [points[0]!]
  const inner = points.length - 2
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches)
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches)
    let [low, high] = [from, from]
    for (let i = from; i < to; i++) {
      if (value(points[i]!) < value(points[low]!)) low = i
      if (value(points[i]!) > value(points[high]!)) high = i
    }
    kept.push(points[Math.min(low, high)]!)
    if (low !== high) kept.push(points[Math.max(low, high)]!)
  }
  kept.push(points.at(-1)!)
  return kept
}
