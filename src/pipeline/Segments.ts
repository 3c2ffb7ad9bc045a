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
  readonly lines: Lines
}

type Place = readonly [from: number, to: number]

/** Key → where its line begins and ends. */
export interface Lines extends Iterable<readonly [key: string, place: Place]> {
  readonly size: number
  readonly get: (key: string) => Place | undefined
  readonly keys: () => Iterable<string>
}

const DIGEST = 64 // hexadecimal digits before the key of a line, and of a key
const NEWLINE = 10
const keyAt = (bytes: Buffer, from: number): string =>
  bytes.toString("latin1", from + DIGEST + 1, from + 2 * DIGEST + 1)

/** Where each line begins, and where the last one ends. */
const startsOf = (bytes: Buffer): Uint32Array => {
  let starts = new Uint32Array(1024)
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (++count === starts.length) {
      const longer = new Uint32Array(2 * count)
      longer.set(starts)
      starts = longer
    }
    starts[count] = at + 1
  }
  return starts.subarray(0, count + 1)
}

/** The first digits of a key as a number: keys are spread evenly, so it tells about where among others a key is. */
const HEAD_DIGITS = 8
const ALL_HEADS = 16 ** HEAD_DIGITS
const digitOf = (code: number): number => (code < 58 ? code - 48 : code - 87)
const headOf = (key: string): number => {
  let head = 0
  for (let at = 0; at < HEAD_DIGITS; at++) head = 16 * head + digitOf(key.charCodeAt(at))
  return head
}
const headAt = (bytes: Buffer, from: number): number => {
  let head = 0
  for (let at = 0; at < HEAD_DIGITS; at++) head = 16 * head + digitOf(bytes[from + DIGEST + 1 + at]!)
  return head
}

/** After so many looks half of what is left is ruled out by each. */
const MOST_GUESSES = 6

/** The first of some lines in the order of their keys whose head is not below the given one. */
const firstAt = (bytes: Buffer, starts: Uint32Array, head: number): number => {
  let [low, high] = [0, starts.length - 1]
  let [least, most] = [0, ALL_HEADS]
  for (let looks = 0; low < high; looks++) {
    const share = looks < MOST_GUESSES ? (head - least) / (most - least) : 0.5
    const guess = low + Math.floor((share >= 0 && share <= 1 ? share : 0.5) * (high - low))
    const at = Math.min(guess, high - 1)
    const found = headAt(bytes, starts[at]!)
    if (found < head) {
      low = at + 1
      least = found
    } else {
      high = at
      most = found
    }
  }
  return low
}

/** Lines in the order of their keys: each is found in a few looks, and nothing is kept of it. */
const sortedLines = (bytes: Buffer, starts: Uint32Array): Pick<Lines, "size" | "get"> => {
  const size = starts.length - 1
  return {
    size,
    get: (key) => {
      const head = headOf(key)
      for (let at = firstAt(bytes, starts, head); at < size && headAt(bytes, starts[at]!) === head; at++)
        if (keyAt(bytes, starts[at]!) === key) return [starts[at]!, starts[at + 1]! - 1]
      return undefined
    }
  }
}

/** Whether every key is above the one before it. */
const isSorted = (bytes: Buffer, starts: Uint32Array): boolean => {
  let before = -1
  for (let at = 0; at < starts.length - 1; at++) {
    const head = headAt(bytes, starts[at]!)
    if (!(head > before || (head === before && keyAt(bytes, starts[at]!) > keyAt(bytes, starts[at - 1]!)))) return false
    before = head
  }
  return true
}

/** Lines of which one is damaged so that its key is another: then each is entered by itself, and no other is missed. */
const enteredLines = (bytes: Buffer, starts: Uint32Array): Pick<Lines, "size" | "get"> => {
  const places = new Map<string, Place>()
  for (let at = 0; at < starts.length - 1; at++)
    places.set(keyAt(bytes, starts[at]!), [starts[at]!, starts[at + 1]! - 1])
  return { size: places.size, get: (key) => places.get(key) }
}

const read = (name: string, content: Uint8Array): Segment => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const starts = startsOf(bytes)
  const found = isSorted(bytes, starts) ? sortedLines(bytes, starts) : enteredLines(bytes, starts)
  function* entries(): Generator<readonly [string, Place]> {
    for (let at = 0; at < starts.length - 1; at++) yield [keyAt(bytes, starts[at]!), [starts[at]!, starts[at + 1]! - 1]]
  }
  function* keys(): Generator<string> {
    for (const [key] of entries()) yield key
  }
  return { name, bytes, lines: { ...found, keys, [Symbol.iterator]: entries } }
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
