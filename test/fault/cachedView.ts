/**
 * How a client sees a disk over the network: names, listings and lengths are answered from memory for a while, also those of
 * what is not there; opening a file asks the server, and what is gone by then is a stale handle. Knows nothing of stores.
 */
import type { Draw } from "../support/draw.ts"
import { type Entry, folderAt, lookUp, type Posix, refusal, type View } from "./posix.ts"

interface Remembered<A> {
  readonly value: A
  readonly until: number
}

/** `longest` is how many milliseconds by the disk's clock something is believed at most. */
export const cachedView = (disk: Posix, draw: Draw, longest: number): View => {
  const entries = new Map<string, Remembered<Entry | Error>>()
  const listings = new Map<string, Remembered<ReadonlyArray<string>>>()
  const sizes = new Map<string, Remembered<number>>()
  const recall = <A>(memory: Map<string, Remembered<A>>, path: string, ask: () => A): A => {
    const known = memory.get(path)
    if (known !== undefined && disk.clock.now < known.until) return known.value
    const value = ask()
    memory.set(path, { value, until: disk.clock.now + draw.index(longest) })
    return value
  }
  const find = (path: string): Entry => {
    const found = recall(entries, path, () => {
      try {
        return lookUp(disk, path)
      } catch (cause) {
        return cause as Error
      }
    })
    if (found instanceof Error) throw found
    if (found.kind === "file" && found.names === 0) {
      entries.delete(path)
      throw refusal("ESTALE", path)
    }
    return found
  }
  return {
    find,
    names: (path) => recall(listings, path, () => [...folderAt(disk, path).entries.keys()]),
    size: (path, file) => recall(sizes, path, () => file.bytes.byteLength),
    changed: (path) => {
      entries.delete(path)
      sizes.delete(path)
      listings.delete(path.slice(0, path.lastIndexOf("/")))
    }
  }
}
