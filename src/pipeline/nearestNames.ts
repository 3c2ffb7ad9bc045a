/**
 * The names that somebody may have meant: for messages.
 */

/** Number of insertions, deletions and replacements that turn one text into the other. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, replaced))
    }
    previous = current
  }
  return previous[b.length]!
}

/** A question to put behind a message; empty where there is nothing to ask. */
export const didYouMean = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "" : ` Did you mean ${names.join(" or ")}?`

/** At most three of the known names, the nearest first; none that is far off. */
export const nearestNames = (name: string, known: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(known)]
    .map((candidate) => ({
      candidate,
      away:
        candidate.startsWith(name) || name.startsWith(candidate)
          ? 1
          : distance(name.toLowerCase(), candidate.toLowerCase())
    }))
    .filter(({ candidate, away }) => away <= Math.max(2, Math.floor(Math.max(name.length, candidate.length) / 3)))
    .sort((a, b) => a.away - b.away)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
