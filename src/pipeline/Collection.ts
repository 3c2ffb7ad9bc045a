/**
 * Decides what a collection takes: what no root needs, and what is older than the grace period, which protects what is being
 * made. Plain code over an inventory; it touches no file, so that a dry run counts exactly what a real one takes.
 */
import { type Amount, amountOf, byKind, type Item, itemOf, runAmounts, total } from "./Amounts.ts"
import { filled } from "./Budget.ts"
import type { File, Folder, Inventory, State } from "./Inventory.ts"
import { type Index, makersOf, upstream } from "./Lineage.ts"
import type { Line, Tombstone } from "./Records.ts"
import { objectsOf, type Result } from "./Result.ts"
import type { Roots } from "./Roots.ts"
import { fewest, linesOf, type Segment } from "./Segments.ts"

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

/** Things of one sort, of which some stay and some go. */
type Parted<A> = readonly [kept: ReadonlyArray<A>, taken: ReadonlyArray<A>]

/** What a run needs while it goes on, and what nobody needs once it is old: no budget counts there. */
interface ByAge {
  readonly runs: Parted<Folder>
  readonly scratch: Parted<Folder>
  readonly temporary: Parted<File>
  readonly states: {
    readonly needed: ReadonlyArray<State>
    /** From where a finished action ended: a longer one starts there. */
    readonly final: ReadonlyArray<State>
    readonly useless: ReadonlyArray<State>
  }
}

type IsYoung = (modified: number) => boolean

const byAge = ({ inventory, roots, index }: Known, isYoung: IsYoung): ByAge => {
  const runs = partition(inventory.runs, ({ name, modified }) => roots.runs.has(name) || isYoung(modified))
  const [needed, others] = partition(
    inventory.checkpoints,
    ({ key = "", modified }) => isYoung(modified) || (roots.unfinished.has(key) && !index.made.has(key))
  )
  // One that no longer action can extend leaves nothing that anybody needs.
  const [final, useless] = partition(others, ({ family, key = "" }) => key !== family && index.made.has(key))
  const gone = runs[1].map(({ path }) => `${path}/`)
  const outside = inventory.temporary.filter(({ path }) => !gone.some((folder) => path.startsWith(folder)))
  return {
    runs,
    scratch: partition(inventory.scratch, ({ modified }) => isYoung(modified)),
    temporary: partition(outside, ({ modified }) => isYoung(modified)),
    states: { needed, final, useless }
  }
}

/** What stays besides results, the states that go with them, and records. */
const restOf = ({ runs: [runs], scratch: [scratch], temporary: [temporary], states }: ByAge): ReadonlyArray<Amount> => {
  const inRuns = ({ path }: File): boolean => runs.some((run) => path.startsWith(`${run.path}/`))
  return [
    ...runs.flatMap(runAmounts),
    amountOf("checkpoints", states.needed),
    amountOf(
      "temporary",
      temporary.filter((file) => !inRuns(file))
    ),
    amountOf(
      "temporary",
      scratch.flatMap(({ files }) => files)
    )
  ]
}

/** The keys of results that are needed: by a root, since they are young, or by such ones. */
const neededKeys = ({ loose, index, roots }: Known, now: number, grace: number): ReadonlySet<string> => {
  const young = new Set(loose.filter(({ stat }) => now - stat!.modified < grace).map(({ key }) => key))
  // A packed record has the time of its host's clock only, which may be wrong in both directions.
  for (const [key, { at }] of index.made) if (Math.abs(now - at) < grace) young.add(key)
  const ofDigests = [...roots.digests].flatMap((digest) => makersOf(index, { name: "", digest, key: undefined }))
  return upstream(index, [...roots.keys, ...young, ...ofDigests], { among: roots.keys })
}

/** Those, and of the others the ones used last, as many as fit. */
const withinBudget = (
  known: Known,
  rooted: ReadonlySet<string>,
  {
    states,
    rest,
    isYoung,
    keepBytes
  }: {
    readonly states: ReadonlyArray<State>
    readonly rest: ReadonlyArray<Amount>
    readonly isYoung: IsYoung
    readonly keepBytes: number
  }
): ReadonlySet<string> => {
  const { index, inventory, roots } = known
  const named = new Set([...index.made.values()].flatMap(({ result }) => objectsOf(result)))
  const unnamed = [...inventory.objects].filter(([digest, file]) => !named.has(digest) && isYoung(file.modified))
  const own = bytesByKey(known, states)
  return filled(rooted, {
    index,
    objectBytes: (digest) => inventory.objects.get(digest)?.bytes ?? 0,
    ownBytes: (key) => own.get(key) ?? 0,
    used: roots.used,
    otherBytes: total(rest) + unnamed.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    keepBytes
  })
}

/** The objects that results refer to, or roots by name. */
const neededObjects = (
  { index, roots, divergent }: Known,
  keys: ReadonlySet<string>,
  keptDivergent: ReadonlyArray<File>
): ReadonlySet<string> => {
  const needed = new Set(roots.digests)
  for (const key of keys) for (const digest of objectsOf(index.made.get(key)?.result)) needed.add(digest)
  for (const { path } of keptDivergent) for (const digest of objectsOf(divergent.get(path))) needed.add(digest)
  return needed
}

const recordFile = ({ path, stat }: Line): File => ({
  path,
  bytes: stat!.links > 1 ? 0 : stat!.size,
  modified: stat!.modified,
  shared: false
})

/** The records that stay in segments. */
const packedAmount = ({ segments }: Known, packed: Decision["packed"]): Amount => {
  const before = segments.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  const count = packed?.kept.size ?? segments.reduce((sum, { lines }) => sum + lines.size, 0)
  return { kind: "records", count, bytes: before - (packed?.amount.bytes ?? 0) }
}

/** What goes and what stays. */
export const decide = (known: Known, { now, graceMilliseconds, keepBytes }: Rules): Decision => {
  const { inventory, tombstones } = known
  const isYoung: IsYoung = (modified) => now - modified < graceMilliseconds
  const old = byAge(known, isYoung)
  const { states } = old
  const rest = restOf(old)
  const rooted = neededKeys(known, now, graceMilliseconds)
  const keys =
    keepBytes === undefined ? rooted : withinBudget(known, rooted, { states: states.final, rest, isYoung, keepBytes })

  const [keptStates, outlivedStates] = partition(states.final, ({ key }) => keys.has(key!))
  const [keptDivergent, takenDivergent] = partition(
    inventory.divergent,
    ({ key, modified }) => keys.has(key) || isYoung(modified)
  )
  const needed = neededObjects(known, keys, keptDivergent)
  const [keptObjects, takenObjects] = partition(
    [...inventory.objects],
    ([digest, file]) => needed.has(digest) || file.shared || isYoung(file.modified)
  )
  const [keptLoose, takenLoose] = partition(
    known.loose,
    ({ key, result, stat }) => isYoung(stat!.modified) || (result !== undefined && keys.has(key))
  )
  const packed = packedOf(known, (key) => keys.has(key))
  return {
    items: [
      ...takenLoose.map((line) => itemOf("records", recordFile(line))),
      ...takenDivergent.map((file) => itemOf("divergent", file)),
      ...takenObjects.map(([, file]) => itemOf("objects", file)),
      ...[...states.useless, ...outlivedStates].map((file) => itemOf("checkpoints", file)),
      ...inventory.emptyFamilies
        .filter(({ modified }) => !isYoung(modified))
        .map(({ path, modified }) => ({ path, modified, amounts: [] })),
      ...old.runs[1].map((run) => ({ path: run.path, modified: run.modified, amounts: runAmounts(run) })),
      ...old.temporary[1].map((file) => itemOf("temporary", file)),
      ...old.scratch[1].map(({ path, modified, files }) => ({
        path,
        modified,
        amounts: [amountOf("temporary", files)]
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
      packedAmount(known, packed),
      amountOf("divergent", keptDivergent),
      amountOf("checkpoints", keptStates)
    ]),
    trash: inventory.trash
  }
}
