/**
 * Where the contract of a store is tried: a disk, and what an outsider does to the files on it.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Disk, over } from "../../src/pipeline/Disk.ts"
import { cachedView } from "../fault/cachedView.ts"
import { filesOf, posix, systemOn } from "../fault/posix.ts"
import { temporaryFolder } from "../fault/temporaryFolder.ts"
import { drawer } from "../support/draw.ts"

export interface Place {
  readonly root: string
  readonly disk: Layer.Layer<Disk>
  readonly files: {
    readonly read: (path: string) => Uint8Array
    readonly damage: (path: string, bytes: Uint8Array) => void
    readonly remove: (path: string) => void
    readonly exists: (path: string) => boolean
    readonly names: (folder: string) => ReadonlyArray<string>
    /** Whether nobody may write it; a simulated disk knows no rights. */
    readonly isReadOnly: (path: string) => boolean
  }
}

export const onDisk = (disk: Layer.Layer<Disk>): Effect.Effect<Place, never, Scope.Scope> =>
  Effect.map(temporaryFolder, (root) => ({
    root,
    disk,
    files: {
      read: readFileSync,
      damage: (path, bytes) => {
        chmodSync(path, 0o644)
        writeFileSync(path, bytes)
      },
      remove: (path) => rmSync(path),
      exists: existsSync,
      names: (folder) => readdirSync(folder),
      isReadOnly: (path) => (statSync(path).mode & 0o777) === 0o444
    }
  }))

/** For so many milliseconds the client believes what it saw, at most. */
const REMEMBERED = 300

/**
 * A disk over the network, seen by a client that remembers names, listings and lengths, also of what is not there. What an
 * outsider does it sees once it has forgotten.
 */
export const shared = (seed: number): Effect.Effect<Place> =>
  Effect.sync(() => {
    const disk = posix()
    const server = systemOn(disk)
    const settled = <A>(value: A): A => {
      disk.clock.now += REMEMBERED
      return value
    }
    const client = over(systemOn(disk, cachedView(disk, drawer(seed), REMEMBERED)))
    return {
      root: "/shared/artifacts",
      disk: Layer.succeed(Disk)(client),
      files: {
        read: server.readFileSync,
        damage: (path, bytes) => {
          filesOf(disk).get(path)!.bytes = bytes
          settled(undefined)
        },
        remove: (path) => settled(server.unlinkSync(path)),
        exists: (path) => filesOf(disk).has(path),
        names: server.readdirSync,
        isReadOnly: () => true
      }
    }
  })
