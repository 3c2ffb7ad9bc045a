/**
 * Decides what a collection takes: what no root needs, and what is older than the grace period, which protects what is being
 * made. Plain code over an inventory; it touches no file, so that a dry run counts exactly what a real one takes.
 */
import { filled } from "./Budget.ts"
import type { File, Folder, Inventory, State } from "./Inventory.ts"
import { type Index, makersOf, upstream } from "./Lineage.ts"
import type { Line, Tombstone } from "./Records.ts"
import { objectsOf, type Result } from "./Result.ts"
import type { Roots } from "./Roots.ts"
import { fewest, linesOf, type Segment } from "./Segments.ts"

export const KINDS = ["objects", "records", "divergent", "runs", "logs", "checkpoints", "temporary"] as const
export type Kind = (typeof KINDS)[number]

export interface Amount {
  readonly kind: Kind
  readonly count: number
  readonly bytes: number
}

/** A file or a folder that goes; not if it has changed by then. */
export interface Item {
  readonly path: string
  readonly modified: number
  readonly amounts: ReadonlyArray<Amount>
}

export interface Decision {
  /** Records first, so that none stays behind whose objects are gone. */
  readonly items: ReadonlyArray<Item>
  /** The segments as they shall be; `undefined` where they are left as they are. */
  readonly packed:
    | {
        readonly before: ReadonlyArray<Segment>
        readonly kept: ReadonlyMap<string, Uint8Array>
        /** What is taken from them and held until now. */
        readonly taken: ReadonlyMap<string, Uint8Array>
        readonly amount: Amount
      }
    | undefined
  /** Their keys lie in no segment any more. */
  readonly tombstones: ReadonlyArray<Tombstone>
  readonly kept: ReadonlyArray<Amount>
  readonly trash: ReadonlyArray<Folder>
}

/** Everything that is known of a store. */
export interface Known {
  readonly inventory: Inventory
  readonly roots: Roots
  readonly index: Index
  /** Records as they lie, one or several of a key; those of divergent results by their path. */
  readonly loose: ReadonlyArray<Line>
  readonly segments: ReadonlyArray<Segment>
  /** Keys whose packed records are not what was written. */
  readonly damaged: ReadonlySet<string>
  readonly divergent: ReadonlyMap<string, Result>
  readonly tombstones: ReadonlyArray<Tombstone>
}

export interface Rules {
  readonly graceMilliseconds: number
  /** By the clock of whoever serves the files. */
  readonly now: number
  /** Where given, results are taken only until what stays is no larger: those used least recently first. */
  readonly keepBytes: number | undefined
}

const isLog = ({ path }: File): boolean => path.includes("/logs/")
const amountOf = (kind: Kind, files: ReadonlyArray<{ readonly bytes: number }>): Amount => ({
  kind,
  count: files.length,
  bytes: files.reduce((total, { bytes }) => total + bytes, 0)
})
const total = (amounts: ReadonlyArray<Amount>): number => amounts.reduce((sum, { bytes }) => sum + bytes, 0)

const itemOf = (kind: Kind, file: File): Item => ({
  path: file.path,
  modified: file.modified,
  amounts: [amountOf(kind, [file])]
})

const runAmounts = ({ files }: Folder): ReadonlyArray<Amount> => [
  {
    ...amountOf(
      "runs",
      files.filter((file) => !isLog(file))
    ),
    count: 1
  },
  amountOf("logs", files.filter(isLog))
]

/** Adds up amounts by kind; every kind is there. */
export const byKind = (amounts: ReadonlyArray<Amount>): ReadonlyArray<Amount> =>
  KINDS.map((kind) => {
    const own = amounts.filter((amount) => amount.kind === kind)
    return { kind, count: own.reduce((sum, { count }) => sum + count, 0), bytes: total(own) }
  })

const partition = <A>(all: ReadonlyArray<A>, stays: (item: A) => boolean): readonly [Array<A>, Array<A>] => {
  const [kept, taken]: readonly [Array<A>, Array<A>] = [[], []]
  for (const item of all) (stays(item) ? kept : taken).push(item)
  return [kept, taken]
}

/** Bytes of the record of each key, and of the states that go with it. */
const bytesByKey = ({ loose, segments }: Known, states: ReadonlyArray<State>): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>()
  for (const { lines } of segments) for (const [key, [from, to]] of lines) sizes.set(key, to + 1 - from)
  for (const { key, stat } of loose) sizes.set(key, stat?.size ?? 0)
  for (const { key, bytes } of states) sizes.set(key!, (sizes.get(key!) ?? 0) + bytes)
  return sizes
}

const packedOf = (
  { segments, loose, tombstones, damaged }: Known,
  stays: (key: string) => boolean
): Decision["packed"] => {
  const forgotten = new Set(tombstones.map(({ key }) => key))
  const looseLines = new Map(loose.flatMap(({ key, line, result }) => (result === undefined ? [] : [[key, line]])))
  const kept = new Map<string, Uint8Array>()
  const taken = new Map<string, Uint8Array>()
  for (const [key, line] of linesOf(segments)) {
    if (forgotten.has(key) || damaged.has(key)) continue
    // Another holds over it; but one that is the same is about to go, since this one was just packed.
    if (looseLines.get(key)?.equals(line) === false) continue
    ;(stays(key) ? kept : taken).set(key, line)
  }
  const before = segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  const after = [...kept.values()].reduce((sum, line) => sum + line.byteLength + 1, 0)
  const count = segments.reduce((sum, { lines }) => sum + lines.size, 0) - kept.size
  if (before === after && segments.length <= fewest(after)) return undefined
  return { before: segments, kept, taken, amount: { kind: "records", count, bytes: before - after } }
}

/** What goes and what stays. */
export const decide = (known: Known, { now, graceMilliseconds, keepBytes }: Rules): Decision => {
  const { inventory, roots, index, divergent, tombstones } = known
  const isYoung = (modified: number): boolean => now - modified < graceMilliseconds

  const young = new Set(known.loose.filter(({ stat }) => isYoung(stat!.modified)).map(({ key }) => key))
  // A packed record has the time of its host's clock only, which may be wrong in both directions.
  for (const [key, { at }] of index.made) if (Math.abs(now - at) < graceMilliseconds) young.add(key)
  const ofDigests = [...roots.digests].flatMap((digest) => makersOf(index, { name: "", digest, key: undefined }))
  const rooted = upstream(index, [...roots.keys, ...young, ...ofDigests], { among: roots.keys })

  const [keptRuns, takenRuns] = partition(
    inventory.runs,
    ({ name, modified }) => roots.runs.has(name) || isYoung(modified)
  )
  const [neededStates, otherStates] = partition(
    inventory.checkpoints,
    ({ key = "", modified }) => isYoung(modified) || (roots.unfinished.has(key) && !index.made.has(key))
  )
  // A longer action starts from where a finished one ended; one that nothing extends leaves nothing that anybody needs.
  const [finalStates, uselessStates] = partition(
    otherStates,
    ({ family, key = "" }) => key !== family && index.made.has(key)
  )
  const [keptScratch, takenScratch] = partition(inventory.scratch, ({ modified }) => isYoung(modified))
  const gone = takenRuns.map(({ path }) => `${path}/`)
  const outside = inventory.temporary.filter(({ path }) => !gone.some((folder) => path.startsWith(folder)))
  const [keptTemporary, takenTemporary] = partition(outside, ({ modified }) => isYoung(modified))

  const files = (folders: ReadonlyArray<Folder>): ReadonlyArray<File> => folders.flatMap((folder) => folder.files)
  const rest: ReadonlyArray<Amount> = [
    ...keptRuns.flatMap(runAmounts),
    amountOf("checkpoints", neededStates),
    amountOf(
      "temporary",
      keptTemporary.filter(({ path }) => !keptRuns.some((run) => path.startsWith(`${run.path}/`)))
    ),
    amountOf("temporary", files(keptScratch))
  ]
  const withinBudget = (most: number): ReadonlySet<string> => {
    const named = new Set([...index.made.values()].flatMap(({ result }) => objectsOf(result)))
    const unnamed = [...inventory.objects].filter(([digest, file]) => !named.has(digest) && isYoung(file.modified))
    const own = bytesByKey(known, finalStates)
    return filled(rooted, {
      index,
      objectBytes: (digest) => inventory.objects.get(digest)?.bytes ?? 0,
      ownBytes: (key) => own.get(key) ?? 0,
      used: roots.used,
      otherBytes: total(rest) + unnamed.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      keepBytes: most
    })
  }
  const keys = keepBytes === undefined ? rooted : withinBudget(keepBytes)

  const [keptStates, outlivedStates] = partition(finalStates, ({ key }) => keys.has(key!))
  const [keptDivergent, takenDivergent] = partition(
    inventory.divergent,
    ({ key, modified }) => keys.has(key) || isYoung(modified)
  )
  const needed = new Set(roots.digests)
  for (const key of keys) for (const digest of objectsOf(index.made.get(key)?.result)) needed.add(digest)
  for (const { path } of keptDivergent) for (const digest of objectsOf(divergent.get(path))) needed.add(digest)
  const [keptObjects, takenObjects] = partition(
    [...inventory.objects],
    ([digest, file]) => needed.has(digest) || file.shared || isYoung(file.modified)
  )
  const stays = ({ key, result, stat }: Line): boolean =>
    isYoung(stat!.modified) || (result !== undefined && keys.has(key))
  const [keptLoose, takenLoose] = partition(known.loose, stays)
  const packed = packedOf(known, (key) => keys.has(key))
  const recordFile = ({ path, stat }: Line): File => ({
    path,
    bytes: stat!.links > 1 ? 0 : stat!.size,
    modified: stat!.modified,
    shared: false
  })
  const keptPacked = packed?.kept.size ?? known.segments.reduce((sum, { lines }) => sum + lines.size, 0)
  const packedBytes = known.segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0) - (packed?.amount.bytes ?? 0)
  return {
    items: [
      ...takenLoose.map((line) => itemOf("records", recordFile(line))),
      ...takenDivergent.map((file) => itemOf("divergent", file)),
      ...takenObjects.map(([, file]) => itemOf("objects", file)),
      ...[...uselessStates, ...outlivedStates].map((file) => itemOf("checkpoints", file)),
      ...inventory.emptyFamilies
        .filter(({ modified }) => !isYoung(modified))
        .map(({ path, modified }) => ({ path, modified, amounts: [] })),
      ...takenRuns.map((run) => ({ path: run.path, modified: run.modified, amounts: runAmounts(run) })),
      ...takenTemporary.map((file) => itemOf("temporary", file)),
      ...takenScratch.map(({ path, modified, files: own }) => ({
        path,
        modified,
        amounts: [amountOf("temporary", own)]
      }))
    ],
    packed,
    tombstones: tombstones.filter(({ stat }) => !isYoung(stat.modified)),
    kept: byKind([
      ...rest,
      amountOf(
        "objects",
        keptObjects.map(([, file]) => file)
      ),
      amountOf("records", keptLoose.map(recordFile)),
      { kind: "records", count: keptPacked, bytes: packedBytes },
      amountOf("divergent", keptDivergent),
      amountOf("checkpoints", keptStates)
    ]),
    trash: inventory.trash
  }
}
