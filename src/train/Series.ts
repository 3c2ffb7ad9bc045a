/**
 * Numbers that are appended to and read at any time, without copying what is there at every step. A view that was
 * handed out never changes.
 */
import type { FloatArray } from "../tensor/Tensor.ts"

export interface Series<A extends FloatArray> {
  readonly append: (values: ArrayLike<number>) => void
  /** All values so far. */
  readonly view: () => A
}

/** A series that begins with `values`, of their element type. */
export const seriesFrom = <A extends FloatArray>(values: A): Series<A> => {
  const allocate = (size: number): A =>
    (values instanceof Float32Array ? new Float32Array(size) : new Float64Array(size)) as A
  let buffer = allocate(Math.max(64, values.length))
  buffer.set(values)
  let length = values.length
  return {
    append: (more) => {
      if (length + more.length > buffer.length) {
        const larger = allocate(2 * (length + more.length))
        larger.set(buffer.subarray(0, length))
        buffer = larger
      }
      buffer.set(more, length)
      length += more.length
    },
    view: () => buffer.subarray(0, length) as A
  }
}
