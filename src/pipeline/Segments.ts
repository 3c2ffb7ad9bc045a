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
import * as Lines from "./Lines.ts"
import * as Record from "./Record.ts"

/** A segment in memory: its bytes, and where the line of each key lies in them. */
export interface Segment {
  readonly name: string
  readonly bytes: Buffer
  readonly lines: Lines.Lines
}

const NEWLINE = 10

const read = (name: string, content: Uint8Array): Segment => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return { name, bytes, lines: Lines.read(bytes) }
}

/**
 * The line of a key, without its end. Where segments disagree, since a key was forgotten and made anew, or a segment that
 * was merged away has come back with a crash, the record that was made last holds.
 */
export const bytesOf = (segments: ReadonlyArray<Segment>, key: string): Buffer | undefined => {
  let line: Buffer | undefined
  for (const { bytes, lines } of segments) {
    const place = lines.get(key)
    if (place !== undefined) line = later(line, bytes.subarray(...place), key)
  }
  return line
}

/** The same as text. */
export const lineOf = (segments: ReadonlyArray<Segment>, key: string): string | undefined =>
  bytesOf(segments, key)?.toString("utf8")

/** Each key once, with the line of it that holds. */
export const linesOf = (segments: ReadonlyArray<Segment>): ReadonlyMap<string, Buffer> => {
  const found = new Map<string, Buffer>()
  for (const { bytes, lines } of segments)
    for (const [key, place] of lines) found.set(key, later(found.get(key), bytes.subarray(...place), key))
  return found
}

/** Of two lines of a key, the one that was made last. */
const later = (one: Buffer | undefined, other: Buffer, key: string): Buffer => {
  if (one === undefined || one.equals(other)) return other
  const madeAt = (line: Buffer): number => Record.resultIn(line, key)?.startedAt ?? Number.NEGATIVE_INFINITY
  return madeAt(one) < madeAt(other) ? other : one
}

const isSegment = (name: string): boolean => /^[0-9a-f]{64}\.seg$/.test(name)

/** The segments that there are now; those in `known` are not read again. One that was merged away meanwhile is left out. */
export const load = (
  disk: DiskShape,
  root: string,
  known: ReadonlyArray<Segment>
): Effect.Effect<ReadonlyArray<Segment>, StoreUnavailable> =>
  Effect.gen(function* () {
    const names = (yield* disk.list(Layout.indexFolder(root))).filter(isSegment)
    if (names.length === known.length && known.every(({ name }) => names.includes(name))) return known
    const found: Array<Segment> = []
    for (const name of names) {
      const before = known.find((segment) => segment.name === name)
      const bytes = before === undefined ? yield* disk.read(join(Layout.indexFolder(root), name)) : undefined
      if (before !== undefined) found.push(before)
      else if (bytes !== undefined) found.push(read(name, bytes))
    }
    return found
  })

/** How often a folder is looked at again because a segment in it was merged away while it was read. */
const MOST_LOOKS = 5

/** All segments: none is left out because what it held was merged into another meanwhile. For those who ask about everything. */
export const loadAll = (disk: DiskShape, root: string): Effect.Effect<ReadonlyArray<Segment>, StoreUnavailable> =>
  Effect.gen(function* () {
    let found = yield* load(disk, root, [])
    for (let looks = 1; looks < MOST_LOOKS; looks++) {
      const again = yield* load(disk, root, found)
      if (again === found) break
      found = again
    }
    return found
  })

/** Larger ones are left as they are: a segment is read as one piece. */
const LARGEST_BYTES = 256 * 1024 * 1024

/** Lines by their keys, as pieces that are not too large: name → content. */
const pieces = (lines: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> => {
  const found = new Map<string, Uint8Array>()
  const end = Buffer.of(NEWLINE)
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
    piece.push(line, end)
    size += line.byteLength + 1
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
      yield* publish(join(Layout.indexFolder(root), name), content).pipe(Effect.provideService(Disk, disk))
    return [...made.keys()]
  })

/** Into how few segments these would fit. */
export const fewest = (bytes: number): number => Math.ceil(bytes / LARGEST_BYTES)

/**
 * Packs lines into a new segment, and the segments that are not much larger into the same, so that there are never many.
 * Keys in `forgotten` are left out.
 */
export const pack = (
  disk: DiskShape,
  root: string,
  segments: ReadonlyArray<Segment>,
  fresh: ReadonlyMap<string, Uint8Array>,
  forgotten: ReadonlySet<string>
): Effect.Effect<void, StoreUnavailable> =>
  Effect.gen(function* () {
    let size = [...fresh.values()].reduce((total, line) => total + line.byteLength + 1, 0)
    const merged = [...segments]
      .sort((a, b) => a.bytes.byteLength - b.bytes.byteLength)
      .filter(({ bytes }) => {
        if (bytes.byteLength > 2 * size || bytes.byteLength + size > LARGEST_BYTES) return false
        size += bytes.byteLength
        return true
      })
    const lines = new Map<string, Uint8Array>([...linesOf(merged), ...fresh])
    for (const key of forgotten) lines.delete(key)
    const written = yield* write(disk, root, lines)
    for (const { name } of merged) if (!written.includes(name)) yield* disk.remove(join(Layout.indexFolder(root), name))
  })
