/**
 * A file system in memory that tells apart what is in its cache and what is on its platter: bytes become durable when their
 * file is synced, names when their folder is. After a crash anything else may be there or not, each by itself, as POSIX
 * allows. Knows nothing of stores.
 */
import type { Status, System } from "../../src/pipeline/System.ts"
import type { Draw } from "../support/draw.ts"

/** Bytes, however many names they have. */
export interface File {
  readonly kind: "file"
  bytes: Uint8Array
  /** As they were when the file was synced last; `undefined` where it never was. */
  synced: Uint8Array | undefined
  names: number
  /** When it was last changed, by the disk's clock. */
  milliseconds: number
}

/** A short text in place of a file. */
export interface Link {
  readonly kind: "link"
  readonly text: string
  readonly milliseconds: number
}

export interface Folder {
  readonly kind: "folder"
  readonly entries: Map<string, Entry>
  /** Name → everything it stood for since the folder was synced last, the oldest first; names that did not change have none. */
  readonly past: Map<string, Array<Entry | undefined>>
}

export type Entry = File | Folder | Link

export interface Posix {
  readonly root: Folder
  /** Its clock, in milliseconds. */
  readonly clock: { now: number }
}

export const posix = (): Posix => ({ root: folder(), clock: { now: 0 } })

/** How a process sees a disk that is elsewhere: what it asks for may be answered from what it remembers. */
export interface View {
  readonly find: (path: string) => Entry
  readonly names: (path: string) => ReadonlyArray<string>
  readonly size: (path: string, file: File) => number
  /** This process has changed what the path names. */
  readonly changed: (path: string) => void
}

/** A disk of this machine: every process sees it as it is. */
export const direct = (disk: Posix): View => ({
  find: (path) => lookUp(disk, path),
  names: (path) => [...folderAt(disk, path).entries.keys()],
  size: (_path, file) => file.bytes.byteLength,
  changed: () => undefined
})

const folder = (): Folder => ({ kind: "folder", entries: new Map(), past: new Map() })

/** What a failed system call throws. */
export const refusal = (code: string, path: string): Error =>
  // Most are answered before anybody sees them: one without a stack costs little.
  Object.assign(Object.create(Error.prototype) as Error, { code, message: `${code}: ${path}` })

const parts = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "")

export const lookUp = ({ root }: Posix, path: string): Entry => {
  let entry: Entry = root
  for (const part of parts(path)) {
    if (entry.kind !== "folder") throw refusal("ENOTDIR", path)
    const next: Entry | undefined = entry.entries.get(part)
    if (next === undefined) throw refusal("ENOENT", path)
    entry = next
  }
  return entry
}

export const folderAt = (disk: Posix, path: string): Folder => {
  const entry = lookUp(disk, path)
  if (entry.kind !== "folder") throw refusal("ENOTDIR", path)
  return entry
}

/** The folder of a path, and the path's name in it. */
const placeOf = (disk: Posix, path: string): readonly [Folder, string] => {
  const names = parts(path)
  return [folderAt(disk, names.slice(0, -1).join("/")), names.at(-1)!]
}

const nameFor = (place: Folder, name: string, entry: Entry | undefined): void => {
  const before = place.entries.get(name)
  if (!place.past.has(name)) place.past.set(name, [before])
  place.past.get(name)!.push(entry)
  if (before?.kind === "file") before.names--
  if (entry === undefined) place.entries.delete(name)
  else place.entries.set(name, entry)
  if (entry?.kind === "file") entry.names++
}

/** The system calls of one process on this disk. */
export const systemOn = (disk: Posix, view: View = direct(disk)): System => {
  const open = new Map<number, Entry>()
  let next = 3
  const fileAt = (path: string): File => {
    const entry = view.find(path)
    if (entry.kind !== "file") throw refusal("EISDIR", path)
    return entry
  }
  const change = (path: string, entry: Entry | undefined): void => {
    const [place, name] = placeOf(disk, path)
    nameFor(place, name, entry)
    view.changed(path)
  }
  const create = (path: string, make: () => Entry): Entry => {
    const [place, name] = placeOf(disk, path)
    if (place.entries.has(name)) {
      view.changed(path)
      throw refusal("EEXIST", path)
    }
    const entry = make()
    change(path, entry)
    return entry
  }
  const empty = (): File => ({
    kind: "file",
    bytes: new Uint8Array(),
    synced: undefined,
    names: 0,
    milliseconds: disk.clock.now
  })
  const find = (path: string): Entry | undefined => {
    try {
      return lookUp(disk, path)
    } catch {
      return undefined
    }
  }
  const statusOf = (path: string, entry: Entry): Status => ({
    size: entry.kind === "file" ? view.size(path, entry) : 0,
    nlink: entry.kind === "file" ? entry.names : 1,
    mtimeMs: entry.kind === "folder" ? 0 : entry.milliseconds,
    isDirectory: () => entry.kind === "folder"
  })
  return {
    openSync: (path, flags) => {
      if (flags === "r") open.set(next, view.find(path))
      else if (flags === "wx") open.set(next, create(path, empty))
      else open.set(next, find(path) ?? create(path, empty))
      return next++
    },
    writeSync: (descriptor, bytes, offset) => {
      const file = open.get(descriptor) as File
      file.bytes = Buffer.concat([file.bytes, bytes.subarray(offset)])
      file.milliseconds = disk.clock.now
      return bytes.byteLength - offset
    },
    fsyncSync: (descriptor) => {
      const entry = open.get(descriptor)!
      if (entry.kind === "file") entry.synced = entry.bytes
      else if (entry.kind === "folder") entry.past.clear()
    },
    closeSync: (descriptor) => void open.delete(descriptor),
    readFileSync: (path) => fileAt(path).bytes,
    readdirSync: view.names,
    statSync: (path) => {
      const entry = view.find(path)
      if (entry.kind === "link") throw refusal("ENOENT", path)
      return statusOf(path, entry)
    },
    utimesSync: (path, _accessedSeconds, modifiedSeconds) => {
      const entry = lookUp(disk, path)
      if (entry.kind === "file") entry.milliseconds = 1000 * modifiedSeconds
    },
    mkdirSync: (path) => void create(path, folder),
    linkSync: (from, to) => void create(to, () => lookUp(disk, from)),
    renameSync: (from, to) => {
      const entry = lookUp(disk, from)
      if (find(to) === entry) return
      change(to, entry)
      change(from, undefined)
    },
    symlinkSync: (text, path) => void create(path, () => ({ kind: "link", text, milliseconds: disk.clock.now })),
    readlinkSync: (path) => {
      const entry = view.find(path)
      if (entry.kind !== "link") throw refusal("EINVAL", path)
      return entry.text
    },
    lstatSync: (path) => statusOf(path, view.find(path)),
    unlinkSync: (path) => {
      if (lookUp(disk, path).kind === "folder") throw refusal("EISDIR", path)
      change(path, undefined)
    },
    rmSync: (path) => {
      const entry = lookUp(disk, path)
      if (entry.kind === "folder") for (const name of [...entry.entries.keys()]) removeAll(entry, name)
      change(path, undefined)
    }
  }
}

const removeAll = (place: Folder, name: string): void => {
  const entry = place.entries.get(name)!
  if (entry.kind === "folder") for (const inner of [...entry.entries.keys()]) removeAll(entry, inner)
  nameFor(place, name, undefined)
}

/** Bytes of which some were not synced: the old ones, the new ones, any part of them, or zeros in the place of them. */
const tornBytes = (draw: Draw, { bytes, synced = new Uint8Array() }: File): Uint8Array => {
  const begun = synced.byteLength
  const torn = bytes.subarray(0, begun + draw.index(bytes.byteLength - begun + 1))
  const unwritten = Uint8Array.from(bytes, (byte, at) => (at < begun || draw.index(2) === 0 ? byte : 0))
  return [bytes, synced, torn, unwritten][draw.index(4)]!
}

/** What may be found after the machine lost power: a disk of its own, all of which is durable. */
export const crashed = (disk: Posix, draw: Draw): Posix => {
  const files = new Map<File, File>()
  const left = (entry: Entry): Entry => {
    if (entry.kind === "folder") {
      const whole = folder()
      for (const name of new Set([...entry.entries.keys(), ...entry.past.keys()])) {
        const past = entry.past.get(name)
        const found = past === undefined ? entry.entries.get(name) : past[draw.index(past.length)]
        if (found === undefined) continue
        const kept = left(found)
        whole.entries.set(name, kept)
        if (kept.kind === "file") kept.names++
      }
      return whole
    }
    if (entry.kind === "link") return entry
    const known = files.get(entry)
    if (known !== undefined) return known
    const bytes = entry.synced === entry.bytes ? entry.bytes : tornBytes(draw, entry)
    const file: File = { kind: "file", bytes, synced: bytes, names: 0, milliseconds: entry.milliseconds }
    files.set(entry, file)
    return file
  }
  return { root: left(disk.root) as Folder, clock: disk.clock }
}

/** A disk with the same files, to try something on. */
export const copyOf = (disk: Posix): Posix => {
  const entries = new Map<Entry, Entry>()
  const copy = <E extends Entry>(entry: E): E => {
    const known = entries.get(entry)
    if (known !== undefined) return known as E
    if (entry.kind === "link") return entry
    if (entry.kind === "file") {
      const file = { ...entry }
      entries.set(entry, file)
      return file
    }
    const inner = folder()
    entries.set(entry, inner)
    for (const [name, each] of entry.entries) inner.entries.set(name, copy(each))
    for (const [name, past] of entry.past)
      inner.past.set(
        name,
        past.map((each) => each && copy(each))
      )
    return inner as E
  }
  return { root: copy(disk.root), clock: disk.clock }
}

/** Every file by its path; a test may damage the bytes in place. */
export const filesOf = (disk: Posix): ReadonlyMap<string, File> => {
  const found = new Map<string, File>()
  const walk = (path: string, entry: Entry): void => {
    if (entry.kind === "file") found.set(path, entry)
    else if (entry.kind === "folder") for (const [name, inner] of entry.entries) walk(`${path}/${name}`, inner)
  }
  walk("", disk.root)
  return found
}
