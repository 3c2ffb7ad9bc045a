/**
 * Where something belongs in an array that is kept sorted. Knows nothing of what is in it.
 */

/** The first index, in an array sorted by rank, behind all that have less than the item. */
export const placeIn = <A>(sorted: ReadonlyArray<A>, item: A, rank: (item: A) => number): number => {
  const own = rank(item)
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (rank(sorted[middle]!) < own) low = middle + 1
    else high = middle
  }
  return low
}
