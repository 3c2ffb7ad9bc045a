/**
 * Where artifacts and results are kept: content-addressed files that never change, and one record per executed action.
 * Whatever it returns is whole and is what its name says; anything else is a miss. Locks never decide anything here.
 */
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Action, keyOfText } from "./Action.ts"
import type { Blob, Manifest } from "./Artifact.ts"
import { canonical, canonicalValue, sha256 } from "./canonical.ts"
import { Disk, publish } from "./Disk.ts"
import { ArtifactCorrupt, ArtifactMissing, type StoreUnavailable } from "./Errors.ts"
import { decodeManifest, Result } from "./Result.ts"

export type Found =
  | { readonly _tag: "Hit"; readonly result: Result }
  | { readonly _tag: "Incomplete"; readonly result: Result; readonly detail: string }
  | { readonly _tag: "Miss" }

export class Store extends Context.Service<
  Store,
  {
    readonly root: string
    readonly blobPath: (digest: string) => string
    /** Stores bytes under their digest; durable when it returns. */
    readonly put: (bytes: Uint8Array) => Effect.Effect<Blob, StoreUnavailable>
    /** The bytes of a blob, checked against its digest. Damaged ones are set aside, so that they heal. */
    readonly get: (blob: Blob) => Effect.Effect<Uint8Array, StoreUnavailable | ArtifactMissing | ArtifactCorrupt>
    /** The manifest of a result. */
    readonly manifest: (result: Result) => Effect.Effect<Manifest, StoreUnavailable | ArtifactMissing | ArtifactCorrupt>
    /** Looks an action up: a hit only if every file it made is there in full length. */
    readonly find: (key: string) => Effect.Effect<Found, StoreUnavailable>
    /** The action of a key, as it was hashed. */
    readonly action: (key: string) => Effect.Effect<Option.Option<Action>, StoreUnavailable>
    /** Publishes a result after its blobs; returns the one that holds, which is another's where another was first. */
    readonly publish: (action: Action, result: Result) => Effect.Effect<Result, StoreUnavailable>
    /** Forgets the result of a key, so that the next look-up is a miss. */
    readonly forget: (key: string) => Effect.Effect<void, StoreUnavailable>
    /** All keys or digests that begin with the given digits. */
    readonly complete: (kind: "ac" | "cas", prefix: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
  }
>()("brink/pipeline/Store") {}

const utf8 = new TextEncoder()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const decodeResult = Schema.decodeUnknownOption(Schema.fromJsonString(Result))
const decodeAction = Schema.decodeUnknownOption(Schema.fromJsonString(Action))

/** Whether a manifest that travels inside its result is the one that the result names. */
const inlineHolds = ({ inline, output }: Result): boolean =>
  inline === undefined || sha256(canonicalValue(inline)) === output.digest

const make = Effect.fnUntraced(function* (root: string) {
  const disk = yield* Disk
  const publishFile = (path: string, bytes: Uint8Array) => publish(path, bytes).pipe(Effect.provideService(Disk, disk))
  const blobPath = (digest: string) => join(root, "cas", "sha256", digest.slice(0, 2), digest)
  const actionFolder = (key: string) => join(root, "ac", key.slice(0, 2), key)
  const actionPath = (key: string) => join(actionFolder(key), "action.json")

  /** Damaged bytes leave their name, so that the right ones can take it. */
  const setAside = (digest: string) => disk.rename(blobPath(digest), join(root, "trash", `damaged-${digest}`))

  const get = Effect.fnUntraced(function* (blob: Blob) {
    const path = blobPath(blob.digest)
    const bytes = yield* disk.read(path)
    if (bytes === undefined) return yield* new ArtifactMissing({ digest: blob.digest, path })
    if (bytes.byteLength === blob.size && sha256(bytes) === blob.digest) return bytes
    yield* setAside(blob.digest)
    const actual = bytes.byteLength === blob.size ? "other content of that length" : `${bytes.byteLength} bytes`
    return yield* new ArtifactCorrupt({
      digest: blob.digest,
      path,
      expected: `${blob.size} bytes of that digest`,
      actual
    })
  })

  const put = Effect.fnUntraced(function* (bytes: Uint8Array) {
    const blob: Blob = { digest: sha256(bytes), size: bytes.byteLength }
    const path = blobPath(blob.digest)
    const present = yield* disk.size(path)
    if (present === blob.size) return blob
    if (present !== undefined) yield* setAside(blob.digest)
    yield* publishFile(path, bytes)
    return blob
  })

  const find = Effect.fnUntraced(function* (key: string): Effect.fn.Return<Found, StoreUnavailable> {
    const bytes = yield* disk.read(join(actionFolder(key), "canonical"))
    if (bytes === undefined) return { _tag: "Miss" }
    const result = Option.getOrUndefined(decodeResult(text(bytes)))
    if (result === undefined || result.key !== key || !inlineHolds(result)) return { _tag: "Miss" }
    for (const blob of result.blobs) {
      const size = yield* disk.size(blobPath(blob.digest))
      if (size !== blob.size) {
        const detail = `object ${blob.digest.slice(0, 12)} has ${size === undefined ? "gone" : `${size} of ${blob.size} bytes`}`
        return { _tag: "Incomplete", result, detail }
      }
    }
    return { _tag: "Hit", result }
  })

  const readAction = Effect.fnUntraced(function* (key: string) {
    const bytes = yield* disk.read(actionPath(key))
    return bytes === undefined || keyOfText(bytes) !== key ? Option.none() : decodeAction(text(bytes))
  })

  const publishAction = Effect.fnUntraced(function* (key: string, bytes: Uint8Array) {
    if (yield* publishFile(actionPath(key), bytes)) return
    if (Option.isSome(yield* readAction(key))) return
    yield* disk.rename(actionPath(key), join(root, "trash", `action-${key}`))
    yield* publishFile(actionPath(key), bytes)
  })

  return Store.of({
    root,
    blobPath,
    get,
    put,
    find,
    manifest: Effect.fnUntraced(function* (result: Result) {
      if (result.inline !== undefined) return result.inline as Manifest
      return decodeManifest(text(yield* get(result.output)))
    }),
    action: readAction,
    publish: Effect.fnUntraced(function* (action: Action, result: Result) {
      const folder = actionFolder(result.key)
      const bytes = utf8.encode(canonicalValue(result))
      yield* publishAction(result.key, utf8.encode(canonical(action)))
      const own = join(folder, `${sha256(bytes)}.json`)
      yield* publishFile(own, bytes)
      if (!(yield* disk.link(own, join(folder, "canonical")))) {
        const other = yield* find(result.key)
        if (other._tag === "Hit") return other.result
        // What held the name is not whole: the new result takes its place.
        yield* disk.rename(join(folder, "canonical"), join(root, "trash", `result-${result.key}`))
        yield* disk.link(own, join(folder, "canonical"))
      }
      yield* disk.syncFolder(folder)
      return result
    }),
    forget: (key) =>
      Effect.flatMap(disk.size(join(actionFolder(key), "canonical")), (size) =>
        size === undefined
          ? Effect.void
          : disk.rename(join(actionFolder(key), "canonical"), join(root, "trash", `result-${key}`))
      ),
    complete: Effect.fnUntraced(function* (kind: "ac" | "cas", prefix: string) {
      if (prefix.length < 2) return []
      const folder = join(root, kind === "ac" ? "ac" : "cas/sha256", prefix.slice(0, 2))
      return (yield* disk.list(folder)).filter((name) => name.startsWith(prefix))
    })
  })
})

/** A store in a folder; the folder is made when something is first written to it. */
export const layer = (root: string): Layer.Layer<Store, never, Disk> => Layer.effect(Store, make(root))
