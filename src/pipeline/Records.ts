/**
 * Every record of a store, one after another: for what asks about all of them, such as lineage, collection, verification.
 * Each key once, the record that holds for it; what is damaged is shown apart. Whoever wants one key asks the store.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { Disk, type Stat } from "./Disk.ts"
import { RecordUnknown, type StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import * as Record from "./Record.ts"
import type { Result } from "./Result.ts"
import * as Segments from "./Segments.ts"

/** A record as it lies in the store. */
export interface Line {
  readonly key: string
  /** Without its end. */
  readonly line: Buffer
  /** Its file, where it lies loose; a segment that has its key, where it is packed. */
  readonly path: string
  readonly packed: boolean
  /** What the file system says of a loose one. */
  readonly stat: Stat | undefined
  /** What is in it; `undefined` where that is not what was written. */
  readonly result: Result | undefined
}

/** A key that was forgotten, by the empty record that says so. */
export interface Tombstone {
  readonly key: string
  readonly path: string
  readonly stat: Stat
}

export interface Read {
  readonly tombstones: ReadonlyArray<Tombstone>
  readonly segments: ReadonlyArray<Segments.Segment>
}

/** Files of records, by the folders they lie in. */
const files = (root: string) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<{ readonly key: string; readonly path: string }> = []
    for (const shard of yield* disk.list(Layout.recordsFolder(root))) {
      const folder = join(Layout.recordsFolder(root), shard)
      for (const name of yield* disk.list(folder)) {
        const key = Layout.keyOfRecord(name)
        if (key !== undefined) found.push({ key, path: join(folder, name) })
      }
    }
    return found
  })

/**
 * Shows every record to `visit`. Damaged ones too, without a result; of several whole ones of a key, only the one that
 * holds: a loose one over packed ones, and none where the key was forgotten.
 *
 * Errors  RecordUnknown where a record was written by a newer brink, StoreUnavailable
 */
export const read = (
  root: string,
  visit: (line: Line) => void
): Effect.Effect<Read, StoreUnavailable | RecordUnknown, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const held = new Set<string>()
    const tombstones: Array<Tombstone> = []
    const show = (line: Omit<Line, "result">): Effect.Effect<void, RecordUnknown> => {
      const result = Record.resultIn(line.line, line.key)
      if (result === undefined && Record.isWhole(line.line, line.key))
        return Effect.fail(new RecordUnknown({ key: line.key, path: line.path }))
      if (result !== undefined) held.add(line.key)
      visit({ ...line, result })
      return Effect.void
    }
    for (const { key, path } of yield* files(root)) {
      const stat = yield* disk.stat(path)
      const bytes = yield* disk.read(path)
      if (stat === undefined || bytes === undefined) continue // packed, or collected, just now
      if (bytes.byteLength === 0) {
        held.add(key)
        tombstones.push({ key, path, stat })
      } else yield* show({ key, line: Buffer.from(bytes.subarray(0, -1)), path, packed: false, stat })
    }
    const segments = yield* Segments.loadAll(disk, root)
    for (const [key, line] of Segments.linesOf(segments)) {
      if (held.has(key)) continue
      const { name } = segments.find(({ lines }) => lines.get(key) !== undefined)!
      yield* show({ key, line, path: join(Layout.indexFolder(root), name), packed: true, stat: undefined })
    }
    return { tombstones, segments }
  })
