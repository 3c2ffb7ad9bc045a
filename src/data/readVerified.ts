/**
 * The content of a published file, plain or compressed, once its digest is right. Knows nothing of what is in it.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { decompress } from "./decompress.ts"
import { DatasetAltered, type DatasetMalformed, DatasetMissing, DatasetUnreadable } from "./Errors.ts"
import type { SourceFile } from "./sources.ts"

/** A file of which the size need not be known. */
export type PinnedFile = Pick<SourceFile, "name" | "sha256"> & Partial<SourceFile>

export type ReadFailed = DatasetMissing | DatasetUnreadable | DatasetMalformed | DatasetAltered

/**
 * Reads `<folder>/<name>` or, where there is none, `<folder>/<name>.gz`.
 *
 * Errors  DatasetMissing if there is neither; DatasetUnreadable if the file cannot be read; DatasetMalformed if it cannot
 *         be decompressed; DatasetAltered if its content has another size or digest
 */
export const readVerified = (folder: string, file: PinnedFile, remedy: string): Effect.Effect<Uint8Array, ReadFailed> =>
  Effect.gen(function* () {
    const path = join(folder, file.name)
    const plain = yield* readIfThere(path)
    const packed = plain === undefined ? yield* readIfThere(`${path}.gz`) : undefined
    const found = packed === undefined ? path : `${path}.gz`
    const content = plain ?? (packed && (yield* decompress(found, packed)))
    if (content === undefined) return yield* new DatasetMissing({ path, remedy })

    const sha256 = createHash("sha256").update(content).digest("hex")
    if (sha256 !== file.sha256) {
      return yield* new DatasetAltered({
        path: found,
        expected: describe(file.sizeBytes, file.sha256),
        actual: describe(content.length, sha256)
      })
    }
    return content
  })

const describe = (sizeBytes: number | undefined, sha256: string): string =>
  sizeBytes === undefined ? `SHA-256 ${sha256}` : `${sizeBytes} bytes with SHA-256 ${sha256}`

const isAbsent = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")

const readIfThere = (path: string): Effect.Effect<Uint8Array | undefined, DatasetUnreadable> =>
  Effect.tryPromise({ try: () => readFile(path), catch: (cause) => new DatasetUnreadable({ path, cause }) }).pipe(
    Effect.catchIf(
      (error) => isAbsent(error.cause),
      () => Effect.undefined
    )
  )
