/**
 * The IDX format of the MNIST files: two zero bytes, the element type, the number of axes, their sizes as big-endian
 * 32-bit numbers, then the elements. Only unsigned bytes, the type of all data sets of that family.
 *
 * Source  http://yann.lecun.com/exdb/mnist/, "The IDX file format"
 */
import * as Effect from "effect/Effect"
import { type Shape, sizeOf } from "../tensor/Shape.ts"
import { DatasetMalformed } from "./Errors.ts"

export interface Idx {
  readonly shape: Shape
  /** Row-major; a view of the bytes that were parsed. */
  readonly data: Uint8Array
}

const unsignedByte = 0x08
const magicBytes = 4
const bytesPerAxis = 4

/**
 * The array in `bytes`. `path` is for messages.
 *
 * Errors  DatasetMalformed if the type or the number of axes is another, or if bytes are missing or left over
 */
export const parseIdx = (path: string, bytes: Uint8Array, axes: number): Effect.Effect<Idx, DatasetMalformed> =>
  Effect.gen(function* () {
    const malformed = (what: string, expected: string, actual: string) =>
      new DatasetMalformed({ path, what, expected, actual })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const headerBytes = magicBytes + axes * bytesPerAxis
    if (bytes.length < magicBytes) {
      return yield* malformed("the magic number", `${magicBytes} bytes`, `${bytes.length} bytes`)
    }
    const magic = view.getUint32(0)
    const expected = (unsignedByte << 8) | axes
    if (magic !== expected) return yield* malformed("the magic number", hex(expected), hex(magic))
    if (bytes.length < headerBytes) {
      return yield* malformed("the header", `${headerBytes} bytes`, `${bytes.length} bytes`)
    }
    const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(magicBytes + axis * bytesPerAxis))
    const total = headerBytes + sizeOf(shape)
    if (bytes.length !== total) {
      return yield* malformed("the length", `${total} bytes`, `${bytes.length} bytes`)
    }
    return { shape, data: bytes.subarray(headerBytes) }
  })

const hex = (word: number): string => `0x${word.toString(16).padStart(8, "0")}`
