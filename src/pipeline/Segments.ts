/**
 * Many records in few files: `index/<digest>.seg`, lines sorted by key, never changed. Reading ten thousand results costs
 * one file instead of ten thousand. A record that lies loose beside them holds over a packed one.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { sha256 } from "./canonical.ts"
import { Disk, type DiskShape, publish } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Record from "./Record.ts"

/** A segment in memory: its bytes, and where the line of each key lies in them. */
export interface Segment {
  readonly name: string
  readonly bytes: Buffer
  readonly lines: ReadonlyMap<string, readonly [from: number, to: number]>
}

const DIGEST = 64 // hexadecimal digits before the key of a line, and of a key
const NEWLINE = 10

const read = (name: string, content: Uint8Array): Segment => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const lines = new Map<string, readonly [number, number]>()
  for (let from = 0, to = bytes.indexOf(NEWLINE); to >= 0; from = to + 1, to = bytes.indexOf(NEWLINE, from))
    lines.set(bytes.toString("latin1", from + DIGEST + 1, from + 2 * DIGEST + 1), [from, to])
  return { name, bytes, lines }
}

export const folderOf = (root: string): string => join(root, "index")

/**
 * The line of a key. Where segments disagree, since a key was forgotten and made anew, or a segment that was merged away has
 * come back with a crash, the record that was made last holds.
 */
export const lineOf = (segments: ReadonlyArray<Segment>, key: string): string | undefined => {
  let line: string | undefined
  for (const { bytes, lines } of segments) {
    const place = lines.get(key)
    if (place !== undefined) line = later(line, bytes.toString("utf8", ...place), key)
  }
  return line
}

/** Of two lines of a key, the one that was made last. */
const later = (one: string | undefined, other: string, key: string): string => {
  if (one === undefined || one === other) return other
  const madeAt = (line: string): number => Record.resultIn(line, key)?.startedAt ?? Number.NEGATIVE_INFINITY
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
    const utf8 = new TextEncoder()
    const lines = [...keys]
      .filter((key) => !forgotten.has(key))
      .sort()
      .map((key) => fresh.get(key) ?? utf8.encode(`${lineOf(merged, key)}\n`))
    const content = Buffer.concat(lines)
    const name = `${sha256(content)}.seg`
    yield* publish(join(folderOf(root), name), content).pipe(Effect.provideService(Disk, disk))
    for (const old of merged) if (old.name !== name) yield* disk.remove(join(folderOf(root), old.name))
  })
