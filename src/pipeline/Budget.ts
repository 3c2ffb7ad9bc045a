/**
 * Which results a collection keeps beyond those that it must, while they fit into so many bytes: those used last first, each
 * with everything that it was made from. Plain code; it knows nothing of files or ages.
 */
import { type Index, upstream } from "./Lineage.ts"
import { objectsOf } from "./Result.ts"

export interface Budget {
  readonly index: Index
  /** Bytes of each object that is there; what several results share counts once. */
  readonly objectBytes: (digest: string) => number
  /** Bytes of what belongs to one key alone: its record, and the states that go with it. */
  readonly ownBytes: (key: string) => number
  /** When a run found or made a result last, where a run is known. */
  readonly used: ReadonlyMap<string, number>
  /** What stays, whichever results do. */
  readonly otherBytes: number
  readonly keepBytes: number
}

/** The keys, and as many more as fit. */
export const filled = (
  keys: ReadonlySet<string>,
  { index, objectBytes, ownBytes, used, otherBytes, keepBytes }: Budget
): ReadonlySet<string> => {
  const kept = new Set(keys)
  const held = new Set<string>()
  /** What it takes to keep these too: bytes, and the objects that come with them. */
  const costOf = (added: Iterable<string>): readonly [number, ReadonlySet<string>] => {
    const objects = new Set<string>()
    let bytes = 0
    for (const key of added) {
      bytes += ownBytes(key)
      for (const digest of objectsOf(index.made.get(key)?.result)) if (!held.has(digest)) objects.add(digest)
    }
    for (const digest of objects) bytes += objectBytes(digest)
    return [bytes, objects]
  }
  const hold = (objects: ReadonlySet<string>): void => {
    for (const digest of objects) held.add(digest)
  }
  const [rootBytes, rootObjects] = costOf(keys)
  hold(rootObjects)
  let spent = otherBytes + rootBytes
  const lastUse = (key: string): number => Math.max(used.get(key) ?? 0, index.made.get(key)!.at)
  const others = [...index.made.keys()].filter((key) => !keys.has(key)).sort((a, b) => lastUse(b) - lastUse(a))
  for (const key of others) {
    const added = upstream(index, [key], { known: kept })
    const [bytes, objects] = costOf(added)
    spent += bytes
    if (spent > keepBytes) break
    hold(objects)
    for (const each of added) kept.add(each)
  }
  return kept
}
