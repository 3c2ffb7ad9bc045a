/**
 * Carries a collection out while others read and publish: surveys a store, takes what `Collection` decides on into the
 * trash, and deletes what the one before took. Nobody is stopped or waited for: whoever misses a thing that was taken finds
 * it in the trash, or makes it again.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type Amount, byKind, type Item } from "./Amounts.ts"
import type { Decision, Known } from "./Collection.ts"
import { Disk, timeOf } from "./Disk.ts"
import type { PinInvalid, RecordUnknown, StoreUnavailable } from "./Errors.ts"
import * as Inventory from "./Inventory.ts"
import * as Layout from "./Layout.ts"
import * as Lineage from "./Lineage.ts"
import * as Record from "./Record.ts"
import * as Records from "./Records.ts"
import { objectsOf, type Result } from "./Result.ts"
import * as Roots from "./Roots.ts"
import { putAllBack } from "./removeExactly.ts"
import * as Segments from "./Segments.ts"
import * as Trash from "./Trash.ts"

export interface Survey extends Known {
  /** By the clock of whoever serves the files, before anything was looked at. */
  readonly now: number
}

/** The results of divergent records, by their paths. */
const divergentResults = (files: Inventory.Inventory["divergent"]) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found = new Map<string, Result>()
    for (const { path, key } of files) {
      const bytes = yield* disk.read(path)
      const result = bytes && Record.resultIn(Buffer.from(bytes.subarray(0, -1)), key)
      if (result !== undefined) found.set(path, result)
    }
    return found
  })

/** Everything that is recorded: an index of it, and where each record lies. */
const recorded = (root: string) =>
  Effect.gen(function* () {
    const { index, enter } = Lineage.builder()
    const loose: Array<Records.Line> = []
    const damaged = new Set<string>()
    const { segments, tombstones } = yield* Records.read(root, (line) => {
      enter(line)
      if (!line.packed) loose.push(line)
      else if (line.result === undefined) damaged.add(line.key)
    })
    return { index, loose, damaged, segments, tombstones }
  })
type Recorded = Effect.Success<ReturnType<typeof recorded>>

/**
 * Brings back what the last collection took and a root needs by now: who pins a thing or begins a run while a collection
 * goes on is not seen by it. `true` if that was anything.
 */
const rescue = (root: string, { keys }: Roots.Roots, { index, tombstones }: Recorded) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    if ((yield* disk.list(Layout.trashFolder(root))).length === 0) return false
    const trash = Trash.of(disk, root)
    const forgotten = new Set(tombstones.map(({ key }) => key))
    let rescued = false
    for (const key of Lineage.upstream(index, keys, { among: keys })) {
      const made = index.made.get(key)
      if (made === undefined) {
        if (!forgotten.has(key) && (yield* trash.recordOf(key)) !== undefined) rescued = true
        continue
      }
      for (const digest of objectsOf(made.result)) {
        const path = Layout.objectPath(root, digest)
        if ((yield* disk.size(path)) === undefined && (yield* trash.bringBack(path))) rescued = true
      }
    }
    return rescued
  })

/**
 * Looks at everything in a store. Objects before records: one that is named after it was seen has been made young again.
 *
 * Errors  RecordUnknown, PinInvalid where it cannot be known what is needed; StoreUnavailable
 */
export const survey = (
  root: string,
  options: Roots.RootsOptions
): Effect.Effect<Survey, StoreUnavailable | RecordUnknown | PinInvalid, Disk> =>
  Effect.gen(function* () {
    const now = yield* timeOf(root)
    yield* putAllBack(Layout.recordsFolder(root))
    const inventory = yield* Inventory.take(root)
    const roots = yield* Roots.find(root, options)
    const records = yield* recorded(root)
    if (yield* rescue(root, roots, records)) return yield* survey(root, options)
    const divergent = yield* divergentResults(inventory.divergent)
    return { now, inventory, roots, ...records, divergent }
  })

export interface Collected {
  readonly taken: ReadonlyArray<Amount>
  /** What the collections before took and this one deleted. */
  readonly deleted: { readonly count: number; readonly bytes: number }
  /** Where what was taken lies now. */
  readonly folder: string
}

const deletedOf = ({ trash }: Decision): Collected["deleted"] => {
  const files = trash.flatMap((folder) => folder.files)
  return { count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** `2026-01-31T12.30.05.123` */
const stamp = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replaceAll(":", ".").replace("Z", "")

/** What a collection would take. */
export const foresee = (root: string, { now }: Survey, decision: Decision): Collected => ({
  taken: byKind([
    ...decision.items.flatMap(({ amounts }) => amounts),
    ...(decision.packed ? [decision.packed.amount] : [])
  ]),
  deleted: deletedOf(decision),
  folder: join(Layout.trashFolder(root), stamp(now))
})

/** Takes what was decided on, unless it has changed since. */
export const carryOut = (
  root: string,
  survey: Survey,
  decision: Decision
): Effect.Effect<Collected, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const folder = join(Layout.trashFolder(root), stamp(survey.now))
    const taken: Array<Amount> = []

    /** `true` if it is in the trash now. What another collection took meanwhile is gone, and nobody's failure. */
    const take = (item: Item) =>
      Effect.gen(function* () {
        const now = yield* Inventory.folderAt(item.path, "")
        if (now === undefined || now.modified > item.modified) return false
        return yield* Effect.as(disk.rename(item.path, Trash.placeOf(root, folder, item.path)), true).pipe(
          Effect.catchTag("StoreUnavailable", (error) =>
            error.code === "ENOENT" ? Effect.succeed(false) : Effect.fail(error)
          )
        )
      })

    const repack = Effect.gen(function* () {
      if (decision.packed === undefined) return
      const { before, kept, taken: dropped, amount } = decision.packed
      if (dropped.size > 0) yield* Segments.write(disk, folder, dropped)
      const written = yield* Segments.write(disk, root, kept)
      for (const { name } of before)
        if (!written.includes(name)) yield* disk.remove(join(Layout.indexFolder(root), name))
      taken.push(amount)
    })

    for (const { path } of decision.trash) yield* disk.removeTree(path)
    yield* repack
    // No segment brings a forgotten key back by now; one that is packed meanwhile leaves out what these still forget.
    for (const { path, stat } of decision.tombstones)
      if ((yield* disk.stat(path))?.modified === stat.modified) yield* disk.remove(path)
    for (const item of decision.items) if (yield* take(item)) taken.push(...item.amounts)
    return { taken: byKind(taken), deleted: deletedOf(decision), folder }
  })
