/**
 * A tree of named links, `latest/<pipeline>/<target>/…`, through which people find results without knowing a digest.
 * Derived from results; nothing reads it back.
 */
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { canonical } from "./canonical.ts"
import { Disk, replace } from "./Disk.ts"
import type { ArtifactCorrupt, ArtifactMissing } from "./Errors.ts"
import { StoreUnavailable } from "./Errors.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"

export const latestFolder = (root: string, pipeline: string): string => join(root, "latest", pipeline)

/** A part that is a folder and has the name of the target does not repeat it. */
const placeOf = (path: string): string => (path.startsWith("files/") ? path.slice("files/".length) : path)

/** Gives a stored file a second name; a copy where the file system has no links. */
const linkOrCopy = (from: string, to: string): Effect.Effect<void, StoreUnavailable> =>
  Effect.try({
    try: () => {
      fs.mkdirSync(dirname(to), { recursive: true })
      try {
        fs.linkSync(from, to)
      } catch {
        fs.copyFileSync(from, to)
      }
    },
    catch: (cause) =>
      new StoreUnavailable({
        operation: "link",
        path: to,
        code: (cause as NodeJS.ErrnoException).code ?? String(cause)
      })
  })

const linkTarget = (
  folder: string,
  result: Result
): Effect.Effect<void, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const disk = yield* Disk
    const manifest = yield* store.manifest(result)
    yield* disk.removeTree(folder)
    for (const [path, blob] of Object.entries(manifest.files)) {
      yield* linkOrCopy(store.blobPath(blob.digest), join(folder, placeOf(path)))
    }
    if (Object.keys(manifest.value).length > 0) {
      yield* replace(
        join(folder, "value.json"),
        new TextEncoder().encode(`${JSON.stringify(manifest.value, null, 2)}\n`)
      )
    }
  })

/** Brings the links of a pipeline's targets up to date; does nothing where they are. */
export const link = (
  pipeline: string,
  targets: ReadonlyMap<string, Result>
): Effect.Effect<void, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const disk = yield* Disk
    const folder = latestFolder(store.root, pipeline)
    const noted = join(folder, ".targets.json")
    const wanted = canonical(Object.fromEntries([...targets].map(([name, result]) => [name, result.output.digest])))
    const bytes = yield* disk.read(noted)
    if (bytes !== undefined && new TextDecoder().decode(bytes) === wanted) return
    yield* disk.remove(noted)
    const gone = (yield* disk.list(folder)).filter((name) => !targets.has(name))
    yield* Effect.forEach(gone, (name) => disk.removeTree(join(folder, name)), { discard: true })
    for (const [name, result] of targets) yield* linkTarget(join(folder, name), result)
    yield* replace(noted, new TextEncoder().encode(wanted))
  })
