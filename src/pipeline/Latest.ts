/**
 * A tree of named links, `latest/<pipeline>/<target>/…`, through which people find results without knowing a digest.
 * Derived from results; nothing but a collection, which keeps what is linked, reads it back.
 */
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { canonical } from "./canonical.ts"
import * as checkedJson from "./checkedJson.ts"
import { Disk, replace, within } from "./Disk.ts"
import type { ArtifactCorrupt, ArtifactMissing } from "./Errors.ts"
import { StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"
import { codeOf } from "./System.ts"

export const latestFolder = (root: string, pipeline: string): string => join(Layout.latestFolder(root), pipeline)

/** What was linked last, beside the links. */
const NOTE = ".links.json"

/** A part that is a folder and has the name of the target does not repeat it. */
const placeOf = (path: string): string => (path.startsWith("files/") ? path.slice("files/".length) : path)

const attempt = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, StoreUnavailable> =>
  Effect.try({ try: run, catch: (cause) => new StoreUnavailable({ operation, path, code: codeOf(cause) }) })

/** Gives a stored file a second name, and tells whether it could; a copy where the file system has no links. */
const linkOrCopy = (from: string, to: string): Effect.Effect<boolean, StoreUnavailable> =>
  attempt("link", to, () =>
    within(dirname(to), () => {
      try {
        fs.linkSync(from, to)
        return true
      } catch {
        fs.copyFileSync(from, to)
        return false
      }
    })
  )

/** Whether two names are of one file. What was damaged and made again is another, though its name is the same. */
const areOne = (one: string, other: string): Effect.Effect<boolean, StoreUnavailable> =>
  attempt("look at", one, () => {
    const [a, b] = [one, other].map((path) => fs.statSync(path, { bigint: true, throwIfNoEntry: false }))
    return a !== undefined && a.ino === b?.ino && a.dev === b.dev
  })

/** What was linked last. */
interface Noted {
  /** Target → digest. */
  readonly targets: Readonly<Record<string, string>>
  /** Every file, from the folder of the pipeline → the digest of the object that it is; none where it is one of its own. */
  readonly files: Files
}

type Files = Readonly<Record<string, string | null>>

/** Links what a result holds, if it is whole, into a new folder; returns the files, from the folder of the pipeline. */
const linkTarget = (
  folder: string,
  target: string,
  result: Result
): Effect.Effect<Files, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const disk = yield* Disk
    const { files, value } = yield* store.manifest(result)
    // Whoever asks for an object brings back what a collection has just taken, or learns that it is gone.
    for (const blob of Object.values(files))
      if ((yield* disk.size(store.blobPath(blob.digest))) !== blob.size) yield* store.get(blob)
    yield* disk.removeTree(join(folder, target))
    const made: Record<string, string | null> = {}
    for (const [name, blob] of Object.entries(files)) {
      const path = join(target, placeOf(name))
      made[path] = (yield* linkOrCopy(store.blobPath(blob.digest), join(folder, path))) ? blob.digest : null
    }
    if (Object.keys(value).length > 0) {
      const path = join(target, "value.json")
      yield* replace(join(folder, path), new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`))
      made[path] = null
    }
    return made
  })

/** The artifacts that have links now, by pipeline and target. */
export const linked = (
  root: string
): Effect.Effect<
  ReadonlyArray<{ readonly pipeline: string; readonly target: string; readonly digest: string }>,
  StoreUnavailable,
  Disk
> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<{ readonly pipeline: string; readonly target: string; readonly digest: string }> = []
    for (const pipeline of yield* disk.list(Layout.latestFolder(root))) {
      const noted = checkedJson.decode<Partial<Noted>>(yield* disk.read(join(latestFolder(root, pipeline), NOTE)))
      for (const [target, digest] of Object.entries(noted?.targets ?? {})) found.push({ pipeline, target, digest })
    }
    return found
  })

/** What goes wrong where two controllers link at once; whoever looks again finds it done, or does it. */
const isRace = (error: StoreUnavailable | ArtifactMissing | ArtifactCorrupt): boolean =>
  error._tag === "StoreUnavailable" && ["ENOENT", "EEXIST", "ENOTEMPTY"].includes(error.code)

/**
 * Brings the links of a pipeline's targets up to date; does nothing where they are. Targets of it that are not given keep
 * the links they have; returns their names.
 */
export const link = (
  pipeline: string,
  all: ReadonlyArray<string>,
  targets: ReadonlyMap<string, Result>
): Effect.Effect<ReadonlyArray<string>, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk> =>
  Effect.retry(bringUpToDate(pipeline, all, targets), {
    while: isRace,
    times: 20,
    schedule: Schedule.spaced(`${10 + (process.pid % 20)} millis`)
  })

const bringUpToDate = (
  pipeline: string,
  all: ReadonlyArray<string>,
  targets: ReadonlyMap<string, Result>
): Effect.Effect<ReadonlyArray<string>, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const disk = yield* Disk
    const folder = latestFolder(store.root, pipeline)
    const note = join(folder, NOTE)
    const noted = checkedJson.decode<Partial<Noted>>(yield* disk.read(note))
    const others = Object.entries(noted?.targets ?? {}).filter(([name]) => all.includes(name) && !targets.has(name))
    const wanted = Object.fromEntries([
      ...others,
      ...[...targets].map(([name, result]) => [name, result.output.digest] as const)
    ])
    const names = others.map(([name]) => name)
    const isOf = (target: string, path: string): boolean => path.startsWith(join(target, "/"))
    const files = Object.entries(noted?.files ?? {})
    const asked = files.filter(([path]) => [...targets.keys()].some((target) => isOf(target, path)))
    if (canonical(noted?.targets ?? null) === canonical(wanted) && noted?.files !== undefined) {
      const isRight = ([path, digest]: (typeof files)[number]) =>
        digest === null
          ? Effect.map(disk.size(join(folder, path)), (size) => size !== undefined)
          : areOne(join(folder, path), store.blobPath(digest))
      if ((yield* Effect.forEach(asked, isRight)).every(Boolean)) return names
    }
    yield* disk.remove(note)
    const gone = (yield* disk.list(folder)).filter((name) => !all.includes(name))
    yield* Effect.forEach(gone, (name) => disk.removeTree(join(folder, name)), { discard: true })
    const linked = yield* Effect.forEach(targets, ([name, result]) => linkTarget(folder, name, result))
    const kept = Object.fromEntries(files.filter(([path]) => names.some((name) => isOf(name, path))))
    const next: Noted = { targets: wanted, files: Object.assign({}, kept, ...linked) as Files }
    yield* replace(note, new TextEncoder().encode(checkedJson.encode(next)))
    return names
  })
