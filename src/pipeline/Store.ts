/**
 * Where artifacts and results are kept: content-addressed files that never change, and one record per executed action.
 * Whatever it returns is whole and is what its name says; anything else is a miss. Locks never decide anything here.
 */
import { dirname, join } from "node:path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Action } from "./Action.ts"
import type { Blob, Manifest } from "./Artifact.ts"
import { sha256 } from "./canonical.ts"
import { Disk, publish, replace, timeOf } from "./Disk.ts"
import { ArtifactCorrupt, ArtifactMissing, type StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import * as Record from "./Record.ts"
import { decodeManifest, type Result } from "./Result.ts"
import { putAllBack, removeExactly } from "./removeExactly.ts"
import * as Segments from "./Segments.ts"
import * as Trash from "./Trash.ts"

export type Found =
  | { readonly _tag: "Hit"; readonly result: Result }
  | { readonly _tag: "Incomplete"; readonly result: Result; readonly detail: string }
  | { readonly _tag: "Miss" }

/** The result of a key, from records alone: whether its files are there is another question. */
export type Snapshot = (key: string) => Result | undefined

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
    /** Results as they are now, for looking up many at once: what others publish later is not in it. */
    readonly snapshot: Effect.Effect<Snapshot, StoreUnavailable>
    /** Whether everything that a result names is there in full length. */
    readonly check: (result: Result) => Effect.Effect<Found, StoreUnavailable>
    /** The action of a key, as it was hashed. */
    readonly action: (key: string) => Effect.Effect<Option.Option<Action>, StoreUnavailable>
    /** Publishes a result after its blobs; returns the one that holds, which is another's where another was first. */
    readonly publish: (action: Action, result: Result) => Effect.Effect<Result, StoreUnavailable>
    /**
     * Publishes what an action made that was executed because its earlier result is not to be trusted: where the values
     * differ, the new one holds and the earlier one is kept beside it. Returns the one that holds.
     */
    readonly publishAnew: (action: Action, result: Result) => Effect.Effect<Result, StoreUnavailable>
    /** Keeps another result of an action beside the one that holds, for people: nobody who looks for a result finds it. */
    readonly keepBeside: (action: Action, result: Result) => Effect.Effect<void, StoreUnavailable>
    /** Forgets the result of a key, so that the next look-up is a miss. */
    readonly forget: (key: string) => Effect.Effect<void, StoreUnavailable>
    /** Gathers loose results into a segment where there are many. Others may go on reading and publishing. */
    readonly pack: Effect.Effect<void, StoreUnavailable>
    /** All keys or digests that begin with the given digits. */
    readonly complete: (kind: "ac" | "cas", prefix: string) => Effect.Effect<ReadonlyArray<string>, StoreUnavailable>
  }
>()("brink/pipeline/Store") {}

const utf8 = new TextEncoder()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const withoutEnd = (line: Uint8Array): string => text(line.subarray(0, -1))

/** So long an object that was made sure of need not be again: far less than any grace period of a collection. */
const FRESH_MILLISECONDS = 60_000

export interface StoreOptions {
  /** So many loose records are worth a segment. */
  readonly packFrom?: number
}

const make = Effect.fnUntraced(function* (root: string, { packFrom = 256 }: StoreOptions) {
  const disk = yield* Disk
  const onDisk = Effect.provideService(Disk, disk)
  const publishFile = (path: string, bytes: Uint8Array) => onDisk(publish(path, bytes))
  const blobPath = (digest: string) => Layout.objectPath(root, digest)
  const recordPath = (key: string) => Layout.recordPath(root, key)
  const trash = Trash.of(disk, root)
  const trashPath = (name: string) => join(Layout.trashFolder(root), name)

  /** Damaged bytes leave their name, so that the right ones can take it. */
  const setAside = (digest: string) => disk.rename(blobPath(digest), trashPath(`damaged-${digest}`))

  const get = Effect.fnUntraced(function* (blob: Blob) {
    const path = blobPath(blob.digest)
    const bytes = (yield* disk.read(path)) ?? ((yield* trash.bringBack(path)) ? yield* disk.read(path) : undefined)
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

  /** Digest → when its object was last known to have its name on disk, and to be young. */
  const fresh = new Map<string, number>()

  /**
   * Makes sure of an object that is there: whoever put it there may have been killed before its name was on disk; and it is
   * to be as young as one just written, so that no collection takes it before it is named. `false` if it has gone.
   */
  const renew = Effect.fnUntraced(function* (path: string) {
    const folder = dirname(path)
    // An object of somebody else cannot be touched, and need not be.
    const touch = Effect.flatMap(onDisk(timeOf(folder)), (now) => disk.setModified(path, now))
    if (!(yield* Effect.orElseSucceed(touch, () => true))) return false
    yield* disk.syncFolder(folder)
    return true
  })

  const put = Effect.fnUntraced(function* (bytes: Uint8Array) {
    const blob: Blob = { digest: sha256(bytes), size: bytes.byteLength }
    const path = blobPath(blob.digest)
    const present = yield* disk.size(path)
    const now = yield* Clock.currentTimeMillis
    const isFresh = now - (fresh.get(blob.digest) ?? Number.NEGATIVE_INFINITY) < FRESH_MILLISECONDS
    const isThere = present === blob.size && (isFresh || (yield* renew(path)))
    if (present !== undefined && present !== blob.size) yield* setAside(blob.digest)
    if (!isThere) yield* publishFile(path, bytes)
    if (!isThere || !isFresh) fresh.set(blob.digest, now)
    return blob
  })

  let segments: ReadonlyArray<Segments.Segment> = []

  const refresh = Effect.map(
    Effect.suspend(() => Segments.load(disk, root, segments)),
    (now) => {
      segments = now
      return now
    }
  )

  /** The line of a loose record; empty where the key was forgotten. */
  const looseLine = (key: string) =>
    Effect.map(disk.read(recordPath(key)), (bytes) => (bytes === undefined ? undefined : withoutEnd(bytes)))

  /**
   * The line of a key: the loose one, else a packed one, as they are now: a collection may have taken it, or another
   * controller made it anew, since it was looked up last; and one may be packing it just now.
   */
  const lineOf = Effect.fnUntraced(function* (key: string) {
    return (
      (yield* looseLine(key)) ??
      Segments.lineOf(yield* refresh, key) ??
      (yield* looseLine(key)) ??
      (yield* trash.recordOf(key)) ??
      ""
    )
  })

  const check = Effect.fnUntraced(function* (result: Result): Effect.fn.Return<Found, StoreUnavailable> {
    for (const blob of result.blobs) {
      const path = blobPath(blob.digest)
      const size = (yield* disk.size(path)) ?? ((yield* trash.bringBack(path)) ? yield* disk.size(path) : undefined)
      if (size === blob.size) continue
      const detail = `object ${blob.digest.slice(0, 12)} has ${size === undefined ? "gone" : `${size} of ${blob.size} bytes`}`
      return { _tag: "Incomplete", result, detail }
    }
    return { _tag: "Hit", result }
  })

  const find = Effect.fnUntraced(function* (key: string): Effect.fn.Return<Found, StoreUnavailable> {
    const result = Record.resultIn(yield* lineOf(key), key)
    return result === undefined ? { _tag: "Miss" } : yield* check(result)
  })

  /** Keys whose records lie loose. */
  const looseKeys = Effect.gen(function* () {
    const keys: Array<string> = []
    const folder = Layout.recordsFolder(root)
    for (const shard of yield* disk.list(folder))
      for (const name of yield* disk.list(join(folder, shard))) {
        const key = Layout.keyOfRecord(name)
        if (key !== undefined) keys.push(key)
      }
    return keys
  })

  const publishResult = Effect.fnUntraced(function* (action: Action, result: Result) {
    const path = recordPath(result.key)
    const bytes = utf8.encode(Record.encode(action, result))
    if (yield* publishFile(path, bytes)) return result
    const other = yield* find(result.key)
    if (other._tag === "Hit") return other.result
    // What holds the name is not whole: the new result takes its place.
    yield* onDisk(replace(path, bytes))
    return result
  })

  const keepBeside = (action: Action, result: Result) => {
    const path = Layout.divergentPath(root, result.key, result.output.digest)
    return Effect.asVoid(publishFile(path, utf8.encode(Record.encode(action, result))))
  }

  const publishAnew = Effect.fnUntraced(function* (action: Action, result: Result) {
    const earlier = yield* find(result.key)
    if (earlier._tag !== "Hit") return yield* publishResult(action, result)
    if (earlier.result.output.digest === result.output.digest) return earlier.result
    yield* keepBeside(action, earlier.result)
    yield* onDisk(replace(recordPath(result.key), utf8.encode(Record.encode(action, result))))
    return result
  })

  const pack = Effect.gen(function* () {
    yield* onDisk(putAllBack(Layout.recordsFolder(root)))
    const keys = yield* looseKeys
    if (keys.length < packFrom) return
    const lines = new Map<string, Uint8Array>()
    const forgotten = new Set<string>()
    for (const key of keys) {
      const bytes = yield* disk.read(recordPath(key))
      if (bytes === undefined) continue
      if (bytes.byteLength === 0) forgotten.add(key)
      else if (Record.resultIn(withoutEnd(bytes), key) !== undefined) lines.set(key, bytes)
    }
    if (lines.size < packFrom) return
    const withoutEnds = new Map([...lines].map(([key, line]) => [key, line.subarray(0, -1)]))
    yield* Segments.pack(disk, root, yield* refresh, withoutEnds, forgotten)
    // What says that a key is forgotten stays: another controller may be packing what it was.
    // Whoever has made it anew or forgotten it meanwhile holds over what was packed.
    for (const [key, bytes] of lines) yield* onDisk(removeExactly(recordPath(key), bytes))
  })

  return Store.of({
    root,
    blobPath,
    get,
    put,
    find,
    check,
    snapshot: Effect.gen(function* () {
      const loose = new Map<string, string>()
      for (const key of yield* looseKeys) {
        const line = yield* looseLine(key)
        if (line !== undefined) loose.set(key, line)
      }
      const packed = yield* refresh
      return (key: string) => {
        const line = loose.get(key) ?? Segments.bytesOf(packed, key)
        return line === undefined ? undefined : Record.resultIn(line, key)
      }
    }),
    manifest: Effect.fnUntraced(function* (result: Result) {
      if (result.inline !== undefined) return result.inline as Manifest
      return decodeManifest(text(yield* get(result.output)))
    }),
    // A key is the digest of its action: a line that was read once tells it for ever.
    action: Effect.fnUntraced(function* (key: string) {
      const known = Record.actionIn(Segments.lineOf(segments, key) ?? "", key)
      return Option.fromUndefinedOr(known ?? Record.actionIn(yield* lineOf(key), key))
    }),
    publish: publishResult,
    publishAnew,
    keepBeside,
    pack,
    forget: (key) => onDisk(replace(recordPath(key), new Uint8Array())),
    complete: Effect.fnUntraced(function* (kind: "ac" | "cas", prefix: string) {
      if (prefix.length < 2) return []
      const inFolder = (folder: string, nameOf: (name: string) => string | undefined) =>
        Effect.map(disk.list(join(folder, prefix.slice(0, 2))), (names) =>
          names.flatMap((name) => {
            const found = name.startsWith(prefix) ? nameOf(name) : undefined
            return found === undefined ? [] : [found]
          })
        )
      if (kind === "cas") return yield* inFolder(Layout.objectsFolder(root), (name) => name)
      const packed = (yield* refresh).flatMap(({ lines }) => [...lines.keys()].filter((key) => key.startsWith(prefix)))
      return [...new Set([...(yield* inFolder(Layout.recordsFolder(root), Layout.keyOfRecord)), ...packed])]
    })
  })
})

/** A store in a folder; the folder is made when something is first written to it. */
export const layer = (root: string, options: StoreOptions = {}): Layer.Layer<Store, never, Disk> =>
  Layer.effect(Store, make(root, options))
