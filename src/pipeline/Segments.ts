/**
 * Many records in few files: `index/<digest>.seg`, lines sorted by key, never changed. Reading ten thousand results costs
 * one file instead of ten thousand. A record that lies loose beside them holds over a packed one.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { sha256 } from "./canonical.ts"
import { Disk, type DiskShape, publish } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
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

export const folderOf = (root: string): string => join(root, "index")

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
    const names = (yield* disk.list(folderOf(root))).filter(isSegment)
    if (names.length === known.length && known.every(({ name }) => names.includes(name))) return known
    const found: Array<Segment> = []
    for (const name of names) {
      const before = known.find((segment) => segment.name === name)
      const bytes = before === undefined ? yield* disk.read(join(folderOf(root), name)) : undefined
      if (before !== undefined) found.push(before)
      else if (bytes !== undefined) found.push(read(name, bytes))
    }
    return found
  })

/** Larger ones are left as they are: a segment is read as one piece. */
const LARGEST_BYTES = 256 * 1024 * 1024

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
    let size = [...fresh.values()].reduce((total, line) => total + line.byteLength, 0)
    const merged = [...segments]
      .sort((a, b) => a.bytes.byteLength - b.bytes.byteLength)
      .filter(({ bytes }) => {
        if (bytes.byteLength > 2 * size || bytes.byteLength + size > LARGEST_BYTES) return false
        size += bytes.byteLength
        return true
      })
    const keys = new Set([...fresh.keys(), ...merged.flatMap(({ lines }) => [...lines.keys()])])
    const end = Buffer.of(NEWLINE)
    const lines = [...keys]
      .filter((key) => !forgotten.has(key))
      .sort()
      .flatMap((key) => fresh.get(key) ?? [bytesOf(merged, key)!, end])
    const content = Buffer.concat(lines)
    const name = `${sha256(content)}.seg`
    yield* publish(join(folderOf(root), name), content).pipe(Effect.provideService(Disk, disk))
    for (const old of merged) if (old.name !== name) yield* disk.remove(join(folderOf(root), old.name))
  })
