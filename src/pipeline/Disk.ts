/**
 * The few operations on files that the store and the journal are built from, each one system call or two, so that a test
 * can make any of them fail. Durable means: on disk before it returns. Knows nothing of what the files hold.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { hostname } from "node:os"
import { dirname, join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StoreUnavailable } from "./Errors.ts"

export interface Stat {
  readonly size: number
  /** When it was last changed, by the clock of whoever serves the files: ms since 1970. */
  readonly modified: number
  /** How many names the bytes have. */
  readonly links: number
  readonly folder: boolean
}

export interface DiskShape {
  /** The bytes of a file; `undefined` where there is none. */
  readonly read: (path: string) => Effect.Effect<Uint8Array | undefined, StoreUnavailable>
  /** The length of a file in bytes; `undefined` where there is none. */
  readonly size: (path: string) => Effect.Effect<number | undefined, StoreUnavailable>
  /** What the file system says of a file or folder; `undefined` where there is none. */
  readonly stat: (path: string) => Effect.Effect<Stat | undefined, StoreUnavailable>
  /** Gives a file a time of its last change, in ms since 1970; `false` where there is none. */
  readonly setModified: (path: string, milliseconds: number) => Effect.Effect<boolean, StoreUnavailable>
  /** The names in a folder; none where there is no folder. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
  /** Writes a new file beside `path` and returns its name: written and durable, but not yet published. */
  readonly writeTemporary: (path: string, bytes: Uint8Array, mode: number) => Effect.Effect<string, StoreUnavailable>
  /** Gives a file a second name; `false` where the name is taken. */
  readonly link: (from: string, to: string) => Effect.Effect<boolean, StoreUnavailable>
  /** Moves a file over whatever has the name. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, StoreUnavailable>
  readonly remove: (path: string) => Effect.Effect<void, StoreUnavailable>
  readonly removeTree: (path: string) => Effect.Effect<void, StoreUnavailable>
  /** Makes the names in a folder durable. */
  readonly syncFolder: (path: string) => Effect.Effect<void, StoreUnavailable>
  /** Writes a file whole or not at all, that need not outlast a crash of the machine. */
  readonly note: (path: string, bytes: Uint8Array) => Effect.Effect<void, StoreUnavailable>
  /** Adds to the end of a file. */
  readonly append: (path: string, bytes: Uint8Array) => Effect.Effect<void, StoreUnavailable>
}

export class Disk extends Context.Service<Disk, DiskShape>()("brink/pipeline/Disk") {}

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause)

const attempt = <A>(operation: string, path: string, run: () => A, absent?: A): Effect.Effect<A, StoreUnavailable> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      const code = codeOf(cause)
      if (absent !== undefined && (code === "ENOENT" || code === "ENOTDIR")) return Effect.succeed(absent)
      return Effect.fail(new StoreUnavailable({ operation, path, code }))
    }
  })

const ABSENT = Symbol("absent")
const orAbsent = <A>(operation: string, path: string, run: () => A): Effect.Effect<A | undefined, StoreUnavailable> =>
  Effect.map(attempt<A | typeof ABSENT>(operation, path, run, ABSENT), (value) =>
    value === ABSENT ? undefined : (value as A)
  )

/** A name that no other process on any host takes. */
const temporaryName = (path: string): string =>
  join(dirname(path), `.tmp.${hostname()}.${process.pid}.${randomBytes(6).toString("hex")}`)

const syncFolder = (path: string): void => {
  const descriptor = fs.openSync(path, "r")
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` hides why it cannot, and never ends where the system
 * tells of a folder that neither is there nor can be made, as in /proc.
 */
export const makeFolder = (path: string): void => {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    fs.mkdirSync(path)
    syncFolder(dirname(path))
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause
  }
}

const writeSynced = (path: string, bytes: Uint8Array, mode: number): void => {
  const descriptor = fs.openSync(path, "wx", mode)
  try {
    let offset = 0
    while (offset < bytes.byteLength) offset += fs.writeSync(descriptor, bytes, offset)
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Writes a file of another name in the same folder, and returns that name; leaves nothing where it fails. */
const writeBeside = (path: string, write: (name: string) => void): string => {
  const name = temporaryName(path)
  makeFolder(dirname(path))
  try {
    write(name)
  } catch (cause) {
    fs.rmSync(name, { force: true })
    throw cause
  }
  return name
}

/** Some file systems lose the reply to `link`: the count of names decides (open(2), NFS). */
const linkOnce = (from: string, to: string): boolean => {
  try {
    fs.linkSync(from, to)
    return true
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false
    if (fs.statSync(from).nlink === 2) return true
    throw cause
  }
}

const make: DiskShape = {
  read: (path) => orAbsent("read", path, () => fs.readFileSync(path)),
  size: (path) => orAbsent("look at", path, () => fs.statSync(path).size),
  stat: (path) =>
    orAbsent("look at", path, () => {
      const stat = fs.statSync(path)
      return { size: stat.size, modified: stat.mtimeMs, links: stat.nlink, folder: stat.isDirectory() }
    }),
  setModified: (path, milliseconds) =>
    attempt(
      "touch",
      path,
      () => {
        fs.utimesSync(path, milliseconds / 1000, milliseconds / 1000)
        return true
      },
      false
    ),
  list: (path) => attempt<ReadonlyArray<string>>("list", path, () => fs.readdirSync(path), []),
  writeTemporary: (path, bytes, mode) =>
    attempt("write", path, () => writeBeside(path, (name) => writeSynced(name, bytes, mode))),
  link: (from, to) =>
    attempt("publish", to, () => {
      makeFolder(dirname(to))
      return linkOnce(from, to)
    }),
  rename: (from, to) =>
    attempt("replace", to, () => {
      makeFolder(dirname(to))
      fs.renameSync(from, to)
    }),
  // Node's own rmSync takes thirty times as long, also for what is not there.
  remove: (path) => Effect.asVoid(orAbsent("remove", path, () => fs.unlinkSync(path))),
  removeTree: (path) =>
    attempt("remove", path, () => {
      if (fs.existsSync(path)) fs.rmSync(path, { recursive: true, force: true })
    }),
  syncFolder: (path) => attempt("sync", path, () => syncFolder(path)),
  note: (path, bytes) =>
    attempt("write", path, () => {
      writeBeside(path, (name) => {
        fs.writeFileSync(name, bytes)
        fs.renameSync(name, path)
      })
    }),
  append: (path, bytes) =>
    attempt("append to", path, () => {
      makeFolder(dirname(path))
      fs.appendFileSync(path, bytes)
    })
}

export const layer: Layer.Layer<Disk> = Layer.succeed(Disk)(make)

/** Publishes bytes under a name that never changes: whoever is first wins. `true` if that was us. */
export const publish = (path: string, bytes: Uint8Array): Effect.Effect<boolean, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const temporary = yield* disk.writeTemporary(path, bytes, 0o444)
    const first = yield* disk.link(temporary, path).pipe(Effect.tapError(() => Effect.ignore(disk.remove(temporary))))
    yield* disk.remove(temporary)
    yield* disk.syncFolder(dirname(path))
    return first
  })

/** Writes bytes under a name whose content may change, whole or not at all. */
export const replace = (path: string, bytes: Uint8Array): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const temporary = yield* disk.writeTemporary(path, bytes, 0o644)
    yield* disk.rename(temporary, path).pipe(Effect.tapError(() => Effect.ignore(disk.remove(temporary))))
    yield* disk.syncFolder(dirname(path))
  })

/**
 * The time by the clock of whoever serves the files: that of a file just written there. Ages of files are told by it, since
 * the clock of this machine may be another's.
 */
export const timeOf = (folder: string): Effect.Effect<number, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const probe = yield* disk.writeTemporary(join(folder, "time"), new Uint8Array(), 0o644)
    const stat = yield* disk.stat(probe)
    yield* disk.remove(probe)
    return stat === undefined ? yield* timeOf(folder) : stat.modified
  })
