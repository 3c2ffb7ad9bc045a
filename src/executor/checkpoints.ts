/**
 * Checkpoints as files: `ckpt/<family>/<key>.<generation>`, one whole file each, two generations, the newest valid one
 * wins. Actions of one family differ only in how far they go. A torn or foreign file is ignored, with a line in the log.
 * Knows nothing of when to save.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Artifact from "../pipeline/Artifact.ts"
import { canonicalValue, sha256 } from "../pipeline/canonical.ts"
import { Disk, replace } from "../pipeline/Disk.ts"
import type { ArtifactUnencodable, StoreUnavailable } from "../pipeline/Errors.ts"
import * as Layout from "../pipeline/Layout.ts"

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

/** Where the states of an action lie. */
export interface Place {
  readonly root: string
  /** The key of the action without the parameters that only say how far it goes. */
  readonly family: string
  readonly key: string
}

interface Found {
  readonly key: string
  readonly generation: number
  readonly path: string
}

/** The states of a family, the newest of each action first. */
const statesOf = ({ root, family }: Omit<Place, "key">): Effect.Effect<ReadonlyArray<Found>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const folder = Layout.familyFolder(root, family)
    return (yield* disk.list(folder))
      .flatMap((name) => {
        const state = Layout.checkpointOf(name)
        return state === undefined ? [] : [{ ...state, path: join(folder, name) }]
      })
      .sort((a, b) => b.generation - a.generation)
  })

const ownOf = (place: Place) => Effect.map(statesOf(place), (all) => all.filter(({ key }) => key === place.key))

/** Saves a state as the next generation, and drops the one before the last. */
export const save = <Name extends string, S>(
  place: Place,
  definition: Artifact.Artifact<Name, S>,
  state: S
): Effect.Effect<void, StoreUnavailable | ArtifactUnencodable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const known = yield* ownOf(place)
    const bytes = pack(yield* Artifact.encode(definition, state))
    const { root, family, key } = place
    yield* replace(Layout.checkpointPath(root, family, key, (known[0]?.generation ?? 0) + 1), bytes)
    for (const { path } of known.slice(1)) yield* disk.remove(path)
  })

/** The newest state of each action of the family that is whole and decodes; the action's own comes first. */
export const restore = <Name extends string, S>(
  place: Place,
  definition: Artifact.Artifact<Name, S>
): Effect.Effect<ReadonlyArray<S>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const states = new Map<string, S>()
    for (const { key, generation, path } of yield* statesOf(place)) {
      if (states.has(key)) continue
      const bytes = yield* disk.read(path)
      const found = bytes === undefined ? undefined : unpack(bytes)
      if (found === undefined) {
        yield* Effect.logWarning(`checkpoint ${generation} of ${key.slice(0, 12)} is torn; it is ignored`)
        continue
      }
      const decoded = yield* Effect.option(
        Artifact.decode(definition, found.manifest, ({ digest }) => Effect.succeed(found.blobs.get(digest)!))
      )
      if (Option.isSome(decoded)) states.set(key, decoded.value as S)
      else yield* Effect.logWarning(`checkpoint ${generation} of ${key.slice(0, 12)} is of another kind; it is ignored`)
    }
    const own = states.get(place.key)
    states.delete(place.key)
    return own === undefined ? [...states.values()] : [own, ...states.values()]
  })

/** Drops the states of an action, all but the `last` newest; for when its result is published. */
export const discard = (place: Place, last: number): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    for (const { path } of (yield* ownOf(place)).slice(last)) yield* disk.remove(path)
  })

/** Drops every state of some actions: what they computed is not to be gone on from. */
export const forget = (root: string, keys: ReadonlySet<string>): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    for (const family of yield* disk.list(Layout.checkpointsFolder(root)))
      for (const { key, path } of yield* statesOf({ root, family })) if (keys.has(key)) yield* disk.remove(path)
  })
