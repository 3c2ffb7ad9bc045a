/** A disk in memory: names for bytes, several names for the same bytes, and nothing that lasts. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Disk, type DiskShape } from "../../src/pipeline/Disk.ts"
import { StoreUnavailable } from "../../src/pipeline/Errors.ts"

export interface MemoryDisk {
  readonly layer: Layer.Layer<Disk>
  /** Path → bytes; a test may damage what it likes. */
  readonly files: Map<string, Uint8Array>
}

export const memoryDisk = (): MemoryDisk => {
  const files = new Map<string, Uint8Array>()
  let count = 0
  const move = (from: string, to: string): Effect.Effect<void, StoreUnavailable> =>
    Effect.suspend(() => {
      const bytes = files.get(from)
      if (bytes === undefined)
        return Effect.fail(new StoreUnavailable({ operation: "replace", path: to, code: "ENOENT" }))
      files.delete(from)
      files.set(to, bytes)
      return Effect.void
    })
  const disk: DiskShape = {
    read: (path) => Effect.sync(() => files.get(path)),
    size: (path) => Effect.sync(() => files.get(path)?.byteLength),
    list: (path) =>
      Effect.sync(() => {
        const inside = [...files.keys()].filter((name) => name.startsWith(`${path}/`))
        return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/", 1)[0]!))]
      }),
    writeTemporary: (path, bytes) =>
      Effect.sync(() => {
        const name = join(path, "..", `.tmp.${count++}`)
        files.set(name, bytes)
        return name
      }),
    link: (from, to) =>
      Effect.sync(() => {
        if (files.has(to)) return false
        files.set(to, files.get(from)!)
        return true
      }),
    rename: move,
    remove: (path) => Effect.sync(() => void files.delete(path)),
    removeTree: (path) =>
      Effect.sync(() => {
        for (const name of files.keys()) if (name === path || name.startsWith(`${path}/`)) files.delete(name)
      }),
    syncFolder: () => Effect.void,
    note: (path, bytes) => Effect.sync(() => void files.set(path, bytes)),
    append: (path, bytes) =>
      Effect.sync(() => {
        files.set(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes]))
      })
  }
  return { layer: Layer.succeed(Disk)(disk), files }
}
