/**
 * Removes a file only if it holds what was meant, however often its name is given to something else meanwhile: the file is
 * taken aside, looked at, and given its name back where it is another. Knows nothing of what files hold.
 */
import { randomBytes } from "node:crypto"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { Disk, isAbsent } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"

const asideName = (path: string): string =>
  join(dirname(path), `.aside.${randomBytes(6).toString("hex")}.${basename(path)}`)
const ASIDE = /^\.aside\.[0-9a-f]{12}\.(.+)$/

/** Gives a file that was taken aside its name again, unless that is taken by now. */
const putBack = (aside: string, path: string): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    yield* disk.link(aside, path).pipe(Effect.catchIf(isAbsent, () => Effect.void))
    yield* disk.syncFolder(dirname(path))
    yield* disk.remove(aside)
  })

export const removeExactly = (path: string, bytes: Uint8Array): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const isIt = (found: Uint8Array | undefined): boolean => found !== undefined && Buffer.compare(found, bytes) === 0
    // Nobody should see a name go for a moment that does not go: so it is looked at before too.
    if (!isIt(yield* disk.read(path))) return
    const aside = asideName(path)
    const taken = yield* disk.rename(path, aside).pipe(
      Effect.as(true),
      Effect.catchIf(isAbsent, () => Effect.succeed(false))
    )
    if (!taken) return
    if (isIt(yield* disk.read(aside))) yield* disk.remove(aside)
    else yield* putBack(aside, path)
  })

/** Gives back the names in the folders of a folder that somebody had taken aside who was killed before it went on. */
export const putAllBack = (shards: string): Effect.Effect<void, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    for (const folder of (yield* disk.list(shards)).map((shard) => join(shards, shard)))
      for (const name of yield* disk.list(folder)) {
        const [, own] = name.match(ASIDE) ?? []
        if (own !== undefined) yield* putBack(join(folder, name), join(folder, own))
      }
  })
