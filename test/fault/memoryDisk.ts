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
  /** The clock of its files; a test moves it. */
  readonly clock: { now: number }
}

export const memoryDisk = (): MemoryDisk => {
  const files = new Map<string, Uint8Array>()
  const times = new Map<string, number>()
  const clock = { now: 0 }
  let count = 0
  const isFolder = (path: string): boolean => [...files.keys()].some((name) => name.startsWith(`${path}/`))
  const write = (path: string, bytes: Uint8Array): void => {
    files.set(path, new Uint8Array(bytes)) // names of one array are names of one file
    times.set(path, clock.now)
  }
  const move = (from: string, to: string): Effect.Effect<void, StoreUnavailable> =>
    Effect.suspend(() => {
      const bytes = files.get(from)
      if (bytes === undefined && isFolder(from)) {
        for (const name of [...files.keys()].filter((inside) => inside.startsWith(`${from}/`))) {
          const moved = `${to}${name.slice(from.length)}`
          files.set(moved, files.get(name)!)
          times.set(moved, times.get(name) ?? 0)
          files.delete(name)
        }
        return Effect.void
      }
      if (bytes === undefined)
        return Effect.fail(new StoreUnavailable({ operation: "replace", path: to, code: "ENOENT" }))
      files.delete(from)
      files.set(to, bytes)
      times.set(to, times.get(from) ?? 0)
      return Effect.void
    })
  const disk: DiskShape = {
    read: (path) => Effect.sync(() => files.get(path)),
    size: (path) => Effect.sync(() => files.get(path)?.byteLength),
    stat: (path) =>
      Effect.sync(() => {
        const bytes = files.get(path)
        if (bytes === undefined)
          return isFolder(path) ? { size: 0, modified: clock.now, links: 1, folder: true } : undefined
        const links = [...files.values()].filter((other) => other === bytes).length
        return { size: bytes.byteLength, modified: times.get(path) ?? 0, links, folder: false }
      }),
    setModified: (path, milliseconds) =>
      Effect.sync(() => {
        if (!files.has(path)) return false
        times.set(path, milliseconds)
        return true
      }),
    list: (path) =>
      Effect.sync(() => {
        const inside = [...files.keys()].filter((name) => name.startsWith(`${path}/`))
        return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/", 1)[0]!))]
      }),
    writeTemporary: (path, bytes) =>
      Effect.sync(() => {
        const name = join(path, "..", `.tmp.${count++}`)
        write(name, bytes)
        return name
      }),
    link: (from, to) =>
      Effect.suspend(() => {
        const bytes = files.get(from)
        if (bytes === undefined)
          return Effect.fail(new StoreUnavailable({ operation: "publish", path: to, code: "ENOENT" }))
        if (files.has(to)) return Effect.succeed(false)
        files.set(to, bytes)
        times.set(to, times.get(from) ?? 0)
        return Effect.succeed(true)
      }),
    rename: move,
    remove: (path) => Effect.sync(() => void files.delete(path)),
    removeTree: (path) =>
      Effect.sync(() => {
        for (const name of files.keys()) if (name === path || name.startsWith(`${path}/`)) files.delete(name)
      }),
    syncFolder: () => Effect.void,
    claim: (path, text) =>
      Effect.sync(() => {
        if (files.has(path)) return false
        write(path, new TextEncoder().encode(text))
        return true
      }),
    claimed: (path) =>
      Effect.sync(() => {
        const bytes = files.get(path)
        return bytes && { text: new TextDecoder().decode(bytes), milliseconds: times.get(path) ?? 0 }
      }),
    renew: (path, text) => Effect.sync(() => write(path, new TextEncoder().encode(text))),
    append: (path, bytes) =>
      Effect.sync(() => {
        write(path, Buffer.concat([files.get(path) ?? new Uint8Array(), bytes]))
      })
  }
  return { layer: Layer.succeed(Disk)(disk), files, clock }
}
