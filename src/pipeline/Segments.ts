/**
 * Many records in few files: `index/<digest>.seg`, lines sorted by key, never changed. Reading ten thousand results costs
 * one file instead of ten thousand. A record that lies loose beside them holds over a packed one.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { sha256 } from "./canonical.ts"
import { Disk, type DiskShape, publish } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import * as Record from "./Record.ts"

/** A segment in memory: its bytes, and where the line of each key lies in them. */
export interface Segment {
  readonly name: string
  readonly bytes: Buffer
  readonly lines: ReadonlyMap<string, readonly [from: number, to: number]>
}

const NEWLINE = 10

const read = (name: string, content: Uint8Array): Segment => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const lines = new Map<string, readonly [number, number]>()
  for (let from = 0, to = bytes.indexOf(NEWLINE); to >= 0; from = to + 1, to = bytes.indexOf(NEWLINE, from))
    lines.set(Record.keyAt(bytes, from), [from, to])
  return { name, bytes, lines }
}

export const folderOf = Layout.indexFolder

/** The line of a key, from the first segment that has it. */
export const lineOf = (segments: ReadonlyArray<Segment>, key: string): string | undefined => {
  for (const { bytes, lines } of segments) {
    const place = lines.get(key)
    if (place !== undefined) return bytes.toString("utf8", ...place)
  }
  return undefined
}

const isSegment = (name: string): boolean => /^[0-9a-f]{64}\.seg$/.test(name)

/** How often a folder is listed anew because a segment in it was merged away while it was read. */
const MOST_LISTINGS = 5

/** The segments that there are now; those in `known` are not read again. */
export const load = (
  disk: DiskShape,
  root: string,
  known: ReadonlyArray<Segment>,
  listing = 1
): Effect.Effect<ReadonlyArray<Segment>, StoreUnavailable> =>
  Effect.gen(function* () {
    const names = (yield* disk.list(folderOf(root))).filter(isSegment)
    if (names.length === known.length && known.every(({ name }) => names.includes(name))) return known
    const found: Array<Segment> = []
    for (const name of names) {
      const before = known.find((segment) => segment.name === name)
      const bytes = before === undefined ? yield* disk.read(join(folderOf(root), name)) : undefined
      if (before !== undefined) found.push(before)
      else if (bytes !== undefined) found.push(read(name, bytes))
      else if (listing < MOST_LISTINGS) return yield* load(disk, root, [...known, ...found], listing + 1)
    }
    return found
  })

/** Larger ones are left as they are: a segment is read as one piece. */
const LARGEST_BYTES = 256 * 1024 * 1024

/** Lines by their keys, as pieces that are not too large: name → content. */
const pieces = (lines: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> => {
  const found = new Map<string, Uint8Array>()
  let piece: Array<Uint8Array> = []
  let size = 0
  const close = (): void => {
    if (piece.length === 0) return
    const content = Buffer.concat(piece)
    found.set(`${sha256(content)}.seg`, content)
    piece = []
    size = 0
  }
  for (const key of [...lines.keys()].sort()) {
    const line = lines.get(key)!
    if (size + line.byteLength > LARGEST_BYTES) close()
    piece.push(line)
    size += line.byteLength
  }
  close()
  return found
}

/** Writes lines into as few new segments of a folder of a store as hold them; returns their names. */
export const write = (
  disk: DiskShape,
  root: string,
  lines: ReadonlyMap<string, Uint8Array>
): Effect.Effect<ReadonlyArray<string>, StoreUnavailable> =>
  Effect.gen(function* () {
    const made = pieces(lines)
    for (const [name, content] of made)
      yield* publish(join(folderOf(root), name), content).pipe(Effect.provideService(Disk, disk))
    return [...made.keys()]
  })

/** Into how few segments these would fit. */
export const fewest = (bytes: number): number => Math.ceil(bytes / LARGEST_BYTES)

/**
 * Packs lines into a new segment, and the segments that are not much larger into the same, so that there are never many.
 * Keys in `forgotten` are left out. `true` if nothing older remains.
 */
export const pack = (
  disk: DiskShape,
  root: string,
  segments: ReadonlyArray<Segment>,
  fresh: ReadonlyMap<string, Uint8Array>,
  forgotten: ReadonlySet<string>
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const all = new Map(fresh)
    let size = [...fresh.values()].reduce((total, line) => total + line.byteLength, 0)
    const merged = [...segments]
      .sort((a, b) => a.bytes.byteLength - b.bytes.byteLength)
      .filter(({ bytes }) => {
        if (bytes.byteLength > 2 * size || bytes.byteLength + size > LARGEST_BYTES) return false
        size += bytes.byteLength
        return true
      })
    for (const { bytes, lines } of merged)
      for (const [key, [from, to]] of lines)
        if (!all.has(key) && !forgotten.has(key)) all.set(key, bytes.subarray(from, to + 1))
    const content = Buffer.concat([...all.keys()].sort().map((key) => all.get(key)!))
    const name = `${sha256(content)}.seg`
    yield* publish(join(folderOf(root), name), content).pipe(Effect.provideService(Disk, disk))
    for (const old of merged) if (old.name !== name) yield* disk.remove(join(folderOf(root), old.name))
    return merged.length === segments.length
  })
