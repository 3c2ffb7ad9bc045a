/**
 * Everything that lies in a store, by kind, with sizes and ages as the file system tells them. Reads no file's content, and
 * knows nothing of what is needed. Records are read apart, since what they name decides.
 */
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import { Disk } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Journal from "./Journal.ts"
import * as Layout from "./Layout.ts"

export interface File {
  readonly path: string
  /** What its removal frees: nothing, where its bytes have another name too. */
  readonly bytes: number
  readonly modified: number
  /** Its bytes have another name. */
  readonly shared: boolean
}

/** A folder that stays or goes as one, with everything in it. */
export interface Folder {
  readonly name: string
  readonly path: string
  readonly files: ReadonlyArray<File>
  /** When anything in it was last changed. */
  readonly modified: number
}

/** A saved state; of no action where nothing says whose it is. */
export interface State extends File {
  readonly family: string
  readonly key: string | undefined
}

export interface Inventory {
  /** By digest. */
  readonly objects: ReadonlyMap<string, File>
  readonly divergent: ReadonlyArray<File & { readonly key: string }>
  readonly checkpoints: ReadonlyArray<State>
  /** Folders of families that have no state. */
  readonly emptyFamilies: ReadonlyArray<Folder>
  readonly runs: ReadonlyArray<Folder>
  readonly scratch: ReadonlyArray<Folder>
  /** Files that were being written when their process ended. */
  readonly temporary: ReadonlyArray<File>
  readonly trash: ReadonlyArray<Folder>
}

const fileAt = (
  path: string
): Effect.Effect<(File & { readonly folder: boolean }) | undefined, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const stat = yield* disk.stat(path)
    if (stat === undefined) return undefined
    const shared = stat.links > 1 && !stat.folder
    return { path, bytes: shared ? 0 : stat.size, modified: stat.modified, shared, folder: stat.folder }
  })

/** Every file below a folder. */
const filesBelow = (path: string): Effect.Effect<ReadonlyArray<File>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<File> = []
    for (const name of yield* disk.list(path)) {
      const file = yield* fileAt(join(path, name))
      if (file === undefined) continue
      if (file.folder) found.push(...(yield* filesBelow(file.path)))
      else found.push(file)
    }
    return found
  })

/** A folder as it is now; a file that lies where folders are expected is one of itself. */
export const folderAt = (path: string, name: string): Effect.Effect<Folder | undefined, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const own = yield* fileAt(path)
    if (own === undefined) return undefined
    const files = own.folder ? yield* filesBelow(path) : [own]
    const modified = files.reduce(
      (latest, file) => Math.max(latest, file.modified),
      files.length === 0 ? own.modified : 0
    )
    return { name, path, files, modified }
  })

const foldersIn = (path: string): Effect.Effect<ReadonlyArray<Folder>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<Folder> = []
    for (const name of yield* disk.list(path)) {
      const folder = Layout.isTemporary(name) ? undefined : yield* folderAt(join(path, name), name)
      if (folder !== undefined) found.push(folder)
    }
    return found
  })

/** What lies below the folders of families; what is only being written is not among it. */
const statesIn = (
  root: string,
  families: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<State>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const found: Array<State> = []
    for (const family of families)
      for (const file of yield* filesBelow(Layout.familyFolder(root, family))) {
        const name = basename(file.path)
        if (!Layout.isTemporary(name)) found.push({ ...file, family, key: Layout.checkpointOf(name)?.key })
      }
    return found
  })

/** Files of folders that hold shards or files only, as `list` names them. */
const temporaryIn = (folders: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<File>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<File> = []
    for (const folder of folders)
      for (const name of yield* disk.list(folder)) {
        const file = Layout.isTemporary(name) ? yield* fileAt(join(folder, name)) : undefined
        if (file !== undefined && !file.folder) found.push(file)
      }
    return found
  })

export const take = (root: string): Effect.Effect<Inventory, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const objects = new Map<string, File>()
    const divergent: Array<File & { readonly key: string }> = []
    const shards = (folder: string) => Effect.map(disk.list(folder), (names) => names.map((name) => join(folder, name)))
    const [ofObjects, ofRecords] = [
      yield* shards(Layout.objectsFolder(root)),
      yield* shards(Layout.recordsFolder(root))
    ]
    for (const shard of ofObjects)
      for (const name of yield* disk.list(shard)) {
        const file = Layout.isDigest(name) ? yield* fileAt(join(shard, name)) : undefined
        if (file !== undefined) objects.set(name, file)
      }
    for (const shard of ofRecords)
      for (const name of yield* disk.list(shard)) {
        const key = Layout.keyOfDivergent(name)
        const file = key === undefined ? undefined : yield* fileAt(join(shard, name))
        if (file !== undefined) divergent.push({ ...file, key: key! })
      }
    const families = yield* disk.list(Layout.checkpointsFolder(root))
    const runs = yield* foldersIn(Journal.runsFolder(root))
    const latest = yield* foldersIn(Layout.latestFolder(root))
    const temporary = yield* temporaryIn([
      root,
      ...ofObjects,
      ...ofRecords,
      ...[
        Layout.indexFolder,
        Layout.leasesFolder,
        Layout.pinsFolder,
        Layout.decisionsFolder,
        Layout.checkpointsFolder,
        Journal.runsFolder
      ].map((folderOf) => folderOf(root)),
      ...families.map((family) => Layout.familyFolder(root, family)),
      ...runs.map(({ path }) => path)
    ])
    const linked = latest.flatMap(({ files }) => files).filter(({ path }) => Layout.isTemporary(basename(path)))
    return {
      objects,
      divergent,
      checkpoints: yield* statesIn(root, families),
      emptyFamilies: (yield* foldersIn(Layout.checkpointsFolder(root))).filter(({ files }) => files.length === 0),
      runs,
      scratch: yield* foldersIn(Layout.scratchFolder(root)),
      temporary: [...temporary, ...linked],
      trash: yield* foldersIn(Layout.trashFolder(root))
    }
  })
