/**
 * The binary format of CIFAR-10: records of the label and of 3 · 32 · 32 bytes, the red, the green and the blue plane, each row by
 * row.
 *
 * Source  Krizhevsky 2009, "Learning multiple layers of features from tiny images"; its page, "Binary version"
 */
import * as Effect from "effect/Effect"
import { decompress, isCompressed } from "./decompress.ts"
import { DatasetMalformed } from "./Errors.ts"
import type { Labelled } from "./subset.ts"

const image = [3, 32, 32] as const // channels, height, width
const pixels = image[0] * image[1] * image[2]
const record = 1 + pixels
const classes = 10

/**
 * The images and labels in the bytes of a file, plain or as gzip. `path` is for messages.
 *
 * Errors  DatasetMalformed if these are not whole records, or a label is no class
 */
export const parseCifar10 = (path: string, bytes: Uint8Array): Effect.Effect<Labelled, DatasetMalformed> =>
  Effect.gen(function* () {
    const content = isCompressed(bytes) ? yield* decompress(path, bytes) : bytes
    const count = content.length / record
    if (count === 0 || !Number.isInteger(count)) {
      const expected = `a multiple of ${record} bytes: records of a label and ${pixels} pixels`
      return yield* new DatasetMalformed({ path, what: "the size", expected, actual: `${content.length} bytes` })
    }
    const data = new Uint8Array(count * pixels)
    const labels = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      const at = i * record
      const label = content[at]!
      if (label >= classes) {
        const expected = `a class from 0 to ${classes - 1}`
        return yield* new DatasetMalformed({ path, what: `the label of record ${i}`, expected, actual: String(label) })
      }
      labels[i] = label
      data.set(content.subarray(at + 1, at + record), i * pixels)
    }
    return { images: { shape: [count, ...image], data }, labels: { shape: [count], data: labels } }
  })
