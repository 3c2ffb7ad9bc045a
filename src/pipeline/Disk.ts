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
import { type Folders, folders, statusOf, sync } from "./folders.ts"
import { codeOf, type System } from "./System.ts"

export interface Claimed {
  readonly text: string
  readonly milliseconds: number
}

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
  /** What the file system says of a file, a folder or a name that is claimed; `undefined` where there is none. */
  readonly stat: (path: string) => Effect.Effect<Stat | undefined, StoreUnavailable>
  /** Gives a file a time of its last change, in ms since 1970; `false` where there is none. */
  readonly setModified: (path: string, milliseconds: number) => Effect.Effect<boolean, StoreUnavailable>
  /** The names in a folder; none where there is no folder. */
  readonly list: (path: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
  /**
   * Writes a new file beside `path` and returns its name: written and durable, but not yet published. What can be made
   * anew need not be `synced`.
   */
  readonly writeTemporary: (
    path: string,
    bytes: Uint8Array,
    mode: number,
    synced?: boolean
  ) => Effect.Effect<string, StoreUnavailable>
  /** Gives a file a second name; `false` where the name is taken. */
  readonly link: (from: string, to: string) => Effect.Effect<boolean, StoreUnavailable>
  /** Moves a file over whatever has the name. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, StoreUnavailable>
  readonly remove: (path: string) => Effect.Effect<void, StoreUnavailable>
  readonly removeTree: (path: string) => Effect.Effect<void, StoreUnavailable>
  /** Makes the names in a folder durable. */
  readonly syncFolder: (path: string) => Effect.Effect<void, StoreUnavailable>
  /** Takes a name and gives it a short text, in one step; `false` where the name is taken. Need not outlast a crash. */
  readonly claim: (path: string, text: string) => Effect.Effect<boolean, StoreUnavailable>
  /** The text of a name that was taken so, and when it was taken or renewed, by the clock of the disk. */
  readonly claimed: (path: string) => Effect.Effect<Claimed | undefined, StoreUnavailable>
  /** Takes a name that is taken once more, from now on. */
  readonly renew: (path: string, text: string) => Effect.Effect<void, StoreUnavailable>
  /** Adds a line to the end of a file; a line that a failure cut off ends there. */
  readonly append: (path: string, line: Uint8Array) => Effect.Effect<void, StoreUnavailable>
}

export class Disk extends Context.Service<Disk, DiskShape>()("brink/pipeline/Disk") {}

const ABSENT: ReadonlyArray<string> = ["ENOENT", "ENOTDIR"]

const attempt = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, StoreUnavailable> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      return Effect.fail(new StoreUnavailable({ operation, path, code: codeOf(cause) }))
    }
  })

/** A client of a shared disk that holds on to what is gone is told so, and finds what is there when it asks again. */
const STALE_TIMES = 3

/** Asks for what may not be there. */
const look = <A, B>(operation: string, path: string, absent: B, run: () => A): Effect.Effect<A | B, StoreUnavailable> =>
  attempt(operation, path, () => {
    for (let time = 1; ; time++) {
      try {
        return run()
      } catch (cause) {
        if (ABSENT.includes(codeOf(cause))) return absent
        if (codeOf(cause) !== "ESTALE" || time > STALE_TIMES) throw cause
      }
    }
  })

const HOST = hostname()

/** A name that no other process on any host takes. */
const temporaryName = (path: string): string =>
  join(dirname(path), `.tmp.${HOST}.${process.pid}.${randomBytes(6).toString("hex")}`)

const writeAll = (system: System, descriptor: number, bytes: Uint8Array): void => {
  for (let offset = 0; offset < bytes.byteLength; ) offset += system.writeSync(descriptor, bytes, offset)
}

const tryToRemove = (system: System, path: string): void => {
  try {
    system.unlinkSync(path)
  } catch {
    // What is left has a name that nobody reads.
  }
}

/** Writes a file under a name of its own beside `path`; nothing is left of it where that fails. */
const writeBeside = (system: System, path: string, bytes: Uint8Array, mode: number, synced: boolean): string => {
  const name = temporaryName(path)
  const descriptor = system.openSync(name, "wx", mode)
  try {
    writeAll(system, descriptor, bytes)
    if (synced) system.fsyncSync(descriptor)
  } catch (cause) {
    tryToRemove(system, name)
    throw cause
  } finally {
    system.closeSync(descriptor)
  }
  return name
}

/** Some file systems lose the reply to `link`, or ask again and find their own name there: the count of names decides. */
const linkOnce = (system: System, from: string, to: string): boolean => {
  try {
    system.linkSync(from, to)
    return true
  } catch (cause) {
    if (statusOf(system, from)?.nlink === 2) return true
    if (codeOf(cause) === "EEXIST") return false
    throw cause
  }
}

/** Empty where the name is that of something else. */
const textOfLink = (system: System, path: string): string => {
  try {
    return system.readlinkSync(path)
  } catch (cause) {
    if (codeOf(cause) === "EINVAL") return ""
    throw cause
  }
}

/** A disk made of the given system calls. */
export const over = (system: System, { within, forget }: Folders = folders(system)): DiskShape => {
  /** Files whose last line was cut off by a failure. */
  const cut = new Set<string>()
  return {
    read: (path) => look("read", path, undefined, () => system.readFileSync(path)),
    size: (path) => look("look at", path, undefined, () => system.statSync(path).size),
    stat: (path) =>
      look("look at", path, undefined, () => {
        const status = system.lstatSync(path)
        return {
          size: status.size,
          modified: status.mtimeMs,
          links: status.nlink,
          folder: status.isDirectory()
        }
      }),
    setModified: (path, milliseconds) =>
      look("touch", path, false, () => {
        system.utimesSync(path, milliseconds / 1000, milliseconds / 1000)
        return true
      }),
    list: (path) => look<ReadonlyArray<string>, []>("list", path, [], () => system.readdirSync(path)),
    writeTemporary: (path, bytes, mode, synced = true) =>
      attempt("write", path, () => within(dirname(path), () => writeBeside(system, path, bytes, mode, synced))),
    link: (from, to) => attempt("publish", to, () => within(dirname(to), () => linkOnce(system, from, to))),
    rename: (from, to) => attempt("replace", to, () => within(dirname(to), () => system.renameSync(from, to))),
    // Node's own rmSync takes thirty times as long, also for what is not there.
    remove: (path) => Effect.asVoid(look("remove", path, undefined, () => system.unlinkSync(path))),
    removeTree: (path) =>
      attempt("remove", path, () => {
        forget(path)
        if (statusOf(system, path) !== undefined) system.rmSync(path, { recursive: true, force: true })
      }),
    syncFolder: (path) => attempt("sync", path, () => sync(system, path)),
    // A symbolic link is made with its text in one call, whatever else happens.
    claim: (path, text) =>
      attempt("claim", path, () =>
        within(dirname(path), () => {
          try {
            system.symlinkSync(text, path)
            return true
          } catch (cause) {
            if (codeOf(cause) === "EEXIST") return false
            throw cause
          }
        })
      ),
    claimed: (path) =>
      look("look at", path, undefined, () => ({
        text: textOfLink(system, path),
        milliseconds: system.lstatSync(path).mtimeMs
      })),
    renew: (path, text) =>
      attempt("renew", path, () => {
        const name = temporaryName(path)
        system.symlinkSync(text, name)
        try {
          system.renameSync(name, path)
        } catch (cause) {
          tryToRemove(system, name)
          throw cause
        }
      }),
    append: (path, line) =>
      attempt("append to", path, () => {
        const descriptor = within(dirname(path), () => system.openSync(path, "a", 0o644))
        try {
          if (cut.has(path)) writeAll(system, descriptor, Uint8Array.of(NEWLINE))
          cut.add(path)
          writeAll(system, descriptor, line)
          cut.delete(path)
        } finally {
          system.closeSync(descriptor)
        }
      })
  }
}

const NEWLINE = 10

const foldersHere = folders(fs)

/** Does what needs a folder on this machine's disk, once it is there. */
export const within = foldersHere.within

export const layer: Layer.Layer<Disk> = Layer.succeed(Disk)(over(fs, foldersHere))

export const isAbsent = ({ code }: StoreUnavailable): boolean => code === "ENOENT" || code === "ESTALE"

/** Tries again where the folder is removed between two steps, as that of an action's states is when the action ends. */
const whileFolderGoes = <A, R>(effect: Effect.Effect<A, StoreUnavailable, R>): Effect.Effect<A, StoreUnavailable, R> =>
  Effect.retry(effect, { times: 2, while: isAbsent })

/** Publishes bytes under a name that never changes: whoever is first wins. `true` if that was us. */
export const publish = (path: string, bytes: Uint8Array): Effect.Effect<boolean, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const temporary = yield* disk.writeTemporary(path, bytes, 0o444)
    const first = yield* disk.link(temporary, path).pipe(Effect.tapError(() => Effect.ignore(disk.remove(temporary))))
    yield* disk.remove(temporary)
    yield* disk.syncFolder(dirname(path))
    return first
  }).pipe(whileFolderGoes)

/** Writes bytes under a name whose content may change, whole or not at all. */
export const replace = (path: string, bytes: Uint8Array): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const temporary = yield* disk.writeTemporary(path, bytes, 0o644)
    yield* disk.rename(temporary, path).pipe(Effect.tapError(() => Effect.ignore(disk.remove(temporary))))
    yield* disk.syncFolder(dirname(path))
  }).pipe(whileFolderGoes)

/**
 * The same for what can be made anew, and tells whether it is as it was written: whoever reads it finds it whole or not at
 * all, but after a crash of the machine perhaps not as it was.
 */
export const remember = (path: string, bytes: Uint8Array): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const temporary = yield* disk.writeTemporary(path, bytes, 0o644, false)
    yield* disk.rename(temporary, path).pipe(Effect.tapError(() => Effect.ignore(disk.remove(temporary))))
  }).pipe(whileFolderGoes)

/**
 * The time by the clock of whoever serves the files: every host reads the same one, and ages of files are told by it. A
 * name is made in the folder for it, and removed.
 */
export const timeOf = (folder: string): Effect.Effect<number, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const probe = temporaryName(join(folder, "now"))
    yield* disk.claim(probe, "now")
    const now = yield* disk.claimed(probe)
    yield* disk.remove(probe)
    return now?.milliseconds ?? (yield* timeOf(folder))
  })
