/**
 * The content of a gzip file. Knows nothing of what is in it.
 */
import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import * as Effect from "effect/Effect"
import { DatasetMalformed } from "./Errors.ts"

/** Whether these are the bytes of a gzip file, by how they begin. */
export const isCompressed = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** `path` is for messages. */
export const decompress = (path: string, packed: Uint8Array): Effect.Effect<Uint8Array, DatasetMalformed> =>
  Effect.tryPromise({
    try: () => promisify(gunzip)(packed),
    catch: (cause) =>
      new DatasetMalformed({
        path,
        what: "the compressed stream",
        expected: "a whole gzip stream",
        actual: String(cause)
      })
  })
