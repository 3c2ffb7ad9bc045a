/**
 * What a collection took lies in `trash/<time>` under the path that it had, until the next one. Whoever misses a thing looks
 * here before it counts as gone, so that a collection never costs work that somebody turns out to need.
 */
import { join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { Disk, type DiskShape, publish, timeOf } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"
import * as Segments from "./Segments.ts"

export interface Trash {
  /** Moves a file of the store back to where it was; `false` where the trash has none of that path. */
  readonly bringBack: (path: string) => Effect.Effect<boolean, StoreUnavailable>
  /** The record of a key, laid loose again, without its end. */
  readonly recordOf: (key: string) => Effect.Effect<string | undefined, StoreUnavailable>
}

/** Where a file of the store goes. */
export const placeOf = (root: string, folder: string, path: string): string => join(folder, relative(root, path))

export const of = (disk: DiskShape, root: string): Trash => {
  const provided = <A, E>(effect: Effect.Effect<A, E, Disk>) => Effect.provideService(effect, Disk, disk)
  const folders = Effect.map(disk.list(Layout.trashFolder(root)), (names) =>
    [...names]
      .sort()
      .reverse()
      .map((name) => join(Layout.trashFolder(root), name))
  )
  let packed: ReadonlyMap<string, ReadonlyArray<Segments.Segment>> = new Map()

  const bringBack = (path: string): Effect.Effect<boolean, StoreUnavailable> =>
    Effect.gen(function* () {
      for (const folder of yield* folders) {
        const place = placeOf(root, folder, path)
        if ((yield* disk.size(place)) === undefined) continue
        // Young before it has its name: another collection may be about to take what is old under that name.
        yield* Effect.ignore(Effect.flatMap(provided(timeOf(folder)), (now) => disk.setModified(place, now)))
        // Another may have been first, or the next collection; what has the name by now is not replaced.
        if (!(yield* Effect.isSuccess(disk.link(place, path)))) continue
        yield* Effect.ignore(disk.remove(place))
        return true
      }
      return false
    })

  const fromSegments = (key: string): Effect.Effect<string | undefined, StoreUnavailable> =>
    Effect.gen(function* () {
      const now = new Map<string, ReadonlyArray<Segments.Segment>>()
      for (const folder of yield* folders) now.set(folder, yield* Segments.load(disk, folder, packed.get(folder) ?? []))
      packed = now
      return Segments.lineOf([...now.values()].flat(), key)
    })

  return {
    bringBack,
    recordOf: (key) =>
      Effect.gen(function* () {
        const path = Layout.recordPath(root, key)
        if (!(yield* bringBack(path))) {
          const line = yield* fromSegments(key)
          if (line === undefined) return undefined
          yield* provided(publish(path, new TextEncoder().encode(`${line}\n`)))
        }
        const bytes = yield* disk.read(path)
        return bytes === undefined ? undefined : new TextDecoder().decode(bytes.subarray(0, -1))
      })
  }
}
