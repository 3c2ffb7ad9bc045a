/**
 * Finds the line of a key among many lines in a row. Lines in the order of their keys are found where they lie, so that
 * opening a segment costs no index of it. Knows how a line begins from `Record.ts`, and nothing of files.
 */
import * as Record from "./Record.ts"

type Place = readonly [from: number, to: number]

/** Key → where its line begins and ends. */
export interface Lines extends Iterable<readonly [key: string, place: Place]> {
  readonly size: number
  readonly get: (key: string) => Place | undefined
  readonly keys: () => Iterable<string>
}

const NEWLINE = 10

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
  for (let at = 0; at < HEAD_DIGITS; at++) head = 16 * head + digitOf(bytes[from + Record.KEY + at]!)
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
        if (Record.keyAt(bytes, starts[at]!) === key) return [starts[at]!, starts[at + 1]! - 1]
      return undefined
    }
  }
}

/** Whether every key is above the one before it. */
const isSorted = (bytes: Buffer, starts: Uint32Array): boolean => {
  let before = -1
  for (let at = 0; at < starts.length - 1; at++) {
    const head = headAt(bytes, starts[at]!)
    if (
      !(head > before || (head === before && Record.keyAt(bytes, starts[at]!) > Record.keyAt(bytes, starts[at - 1]!)))
    )
      return false
    before = head
  }
  return true
}

/** Lines of which one is damaged so that its key is another: then each is entered by itself, and no other is missed. */
const enteredLines = (bytes: Buffer, starts: Uint32Array): Pick<Lines, "size" | "get"> => {
  const places = new Map<string, Place>()
  for (let at = 0; at < starts.length - 1; at++)
    places.set(Record.keyAt(bytes, starts[at]!), [starts[at]!, starts[at + 1]! - 1])
  return { size: places.size, get: (key) => places.get(key) }
}

export const read = (bytes: Buffer): Lines => {
  const starts = startsOf(bytes)
  const found = isSorted(bytes, starts) ? sortedLines(bytes, starts) : enteredLines(bytes, starts)
  function* entries(): Generator<readonly [string, Place]> {
    for (let at = 0; at < starts.length - 1; at++)
      yield [Record.keyAt(bytes, starts[at]!), [starts[at]!, starts[at + 1]! - 1]]
  }
  function* keys(): Generator<string> {
    for (const [key] of entries()) yield key
  }
  return { ...found, keys, [Symbol.iterator]: entries }
}
