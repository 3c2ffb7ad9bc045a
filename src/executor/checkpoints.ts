/**
 * Checkpoints as files: `ckpt/<key>/<generation>`, one whole file each, two generations, the newest valid one wins. A torn
 * or foreign file is ignored, with a line in the log. Knows nothing of when to save.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Artifact from "../pipeline/Artifact.ts"
import { canonicalValue, sha256 } from "../pipeline/canonical.ts"
import { Disk, replace } from "../pipeline/Disk.ts"
import type { ArtifactUnencodable, StoreUnavailable } from "../pipeline/Errors.ts"

const utf8 = new TextEncoder()
const HEADER_BYTES = 8
const DIGEST_BYTES = 64

/** Each blob of a manifest once, in the one order in which they are packed. */
const blobsOf = (manifest: Artifact.Manifest): ReadonlyArray<Artifact.Blob> =>
  [...new Map(Object.values(manifest.files).map((blob) => [blob.digest, blob])).values()].sort((a, b) =>
    a.digest < b.digest ? -1 : 1
  )

/** digest of the rest (64 hexadecimal digits) · length of the manifest (8 digits) · manifest · blobs, sorted by digest */
const pack = ({ manifest, blobs }: Artifact.Encoded): Uint8Array => {
  const head = utf8.encode(canonicalValue(manifest))
  const parts = [
    utf8.encode(String(head.byteLength).padStart(HEADER_BYTES, "0")),
    head,
    ...blobsOf(manifest).map(({ digest }) => blobs.get(digest)!)
  ]
  return Buffer.concat([utf8.encode(sha256(...parts)), ...parts])
}

/** Whether the bytes are those of a whole checkpoint. */
export const isWhole = (bytes: Uint8Array): boolean => unpack(bytes) !== undefined

const unpack = (
  bytes: Uint8Array
): { readonly manifest: Artifact.Manifest; readonly blobs: ReadonlyMap<string, Uint8Array> } | undefined => {
  const text = (from: number, length: number) => new TextDecoder().decode(bytes.subarray(from, from + length))
  const body = bytes.subarray(DIGEST_BYTES)
  if (bytes.byteLength < DIGEST_BYTES + HEADER_BYTES || sha256(body) !== text(0, DIGEST_BYTES)) return undefined
  const length = Number(text(DIGEST_BYTES, HEADER_BYTES))
  let offset = DIGEST_BYTES + HEADER_BYTES + length
  const manifest = JSON.parse(text(DIGEST_BYTES + HEADER_BYTES, length)) as Artifact.Manifest
  const blobs = new Map<string, Uint8Array>()
  for (const { digest, size } of blobsOf(manifest)) {
    blobs.set(digest, bytes.slice(offset, offset + size))
    offset += size
  }
  return { manifest, blobs }
}

const folderOf = (root: string, key: string): string => join(root, "ckpt", key)

const generations = (root: string, key: string): Effect.Effect<ReadonlyArray<number>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const names = yield* disk.list(folderOf(root, key))
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => b - a)
  })

/** Saves a state as the next generation, and drops the one before the last. */
export const save = <Name extends string, S>(
  root: string,
  key: string,
  definition: Artifact.Artifact<Name, S>,
  state: S
): Effect.Effect<void, StoreUnavailable | ArtifactUnencodable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const known = yield* generations(root, key)
    const bytes = pack(yield* Artifact.encode(definition, state))
    yield* replace(join(folderOf(root, key), String((known[0] ?? 0) + 1)), bytes)
    for (const old of known.slice(1)) yield* disk.remove(join(folderOf(root, key), String(old)))
  })

/** The newest state that is whole and decodes. */
export const restore = <Name extends string, S>(
  root: string,
  key: string,
  definition: Artifact.Artifact<Name, S>
): Effect.Effect<Option.Option<S>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    for (const generation of yield* generations(root, key)) {
      const bytes = yield* disk.read(join(folderOf(root, key), String(generation)))
      const found = bytes === undefined ? undefined : unpack(bytes)
      if (found === undefined) {
        yield* Effect.logWarning(`checkpoint ${generation} of ${key.slice(0, 12)} is torn; it is ignored`)
        continue
      }
      const decoded = yield* Effect.option(
        Artifact.decode(definition, found.manifest, ({ digest }) => Effect.succeed(found.blobs.get(digest)!))
      )
      if (Option.isSome(decoded)) return Option.some(decoded.value as S)
      yield* Effect.logWarning(`checkpoint ${generation} of ${key.slice(0, 12)} is of another kind; it is ignored`)
    }
    return Option.none()
  })

/** Drops all states of a key; for when its result is published. */
export const discard = (root: string, key: string): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.flatMap(Disk, (disk) => disk.removeTree(folderOf(root, key)))
