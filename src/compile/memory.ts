/**
 * The memory of a module while it is written: places, one after the other.
 */

/** Bytes: no vector of a value that begins at a multiple of them lies in two lines of the cache. */
const alignment = 16

export interface Memory {
  /** The offset of so many elements. */
  readonly take: (size: number) => number
  /** How many bytes are taken. */
  readonly used: () => number
}

/** A memory of elements of so many bytes. */
export const makeMemory = (bytes: number): Memory => {
  let end = 0
  return {
    take: (size) => {
      const offset = end
      end += Math.ceil((size * bytes) / alignment) * alignment
      return offset
    },
    used: () => end
  }
}
