/**
 * A disk that counts its operations and fails from the n-th on, as a full or unplugged one does: the failed write leaves
 * nothing, a torn one leaves half of the bytes under its temporary name.
 */
import { writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Disk, type DiskShape, layer as realLayer } from "../../src/pipeline/Disk.ts"
import { StoreUnavailable } from "../../src/pipeline/Errors.ts"

export interface Faults {
  /** How many operations were asked for. */
  count: number
  /** The first operation that fails, counted from 1; none where `undefined`. */
  failFrom: number | undefined
  /** Whether everything after it fails too, as after a crash. */
  readonly forGood: boolean
  /** Whether a failed write leaves half a temporary file. */
  readonly torn: boolean
}

export const faults = (options: Partial<Omit<Faults, "count">> = {}): Faults => ({
  count: 0,
  failFrom: undefined,
  forGood: true,
  torn: false,
  ...options
})

/** Every operation of a disk, with something done before it. */
export const around = (
  disk: DiskShape,
  before: (operation: keyof DiskShape, path: string, bytes?: Uint8Array) => Effect.Effect<void, StoreUnavailable>
): DiskShape => ({
  read: (path) => Effect.andThen(before("read", path), disk.read(path)),
  size: (path) => Effect.andThen(before("size", path), disk.size(path)),
  stat: (path) => Effect.andThen(before("stat", path), disk.stat(path)),
  setModified: (path, at) => Effect.andThen(before("setModified", path), disk.setModified(path, at)),
  list: (path) => Effect.andThen(before("list", path), disk.list(path)),
  writeTemporary: (path, bytes, mode, synced) =>
    Effect.andThen(before("writeTemporary", path, bytes), disk.writeTemporary(path, bytes, mode, synced)),
  link: (from, to) => Effect.andThen(before("link", to), disk.link(from, to)),
  rename: (from, to) => Effect.andThen(before("rename", to), disk.rename(from, to)),
  remove: (path) => Effect.andThen(before("remove", path), disk.remove(path)),
  removeTree: (path) => Effect.andThen(before("removeTree", path), disk.removeTree(path)),
  syncFolder: (path) => Effect.andThen(before("syncFolder", path), disk.syncFolder(path)),
  claim: (path, text) => Effect.andThen(before("claim", path), disk.claim(path, text)),
  claimed: (path) => Effect.andThen(before("claimed", path), disk.claimed(path)),
  renew: (path, text) => Effect.andThen(before("renew", path), disk.renew(path, text)),
  append: (path, bytes) => Effect.andThen(before("append", path, bytes), disk.append(path, bytes))
})

const failing = (disk: DiskShape, state: Faults): DiskShape =>
  around(disk, (operation, path, bytes) =>
    Effect.suspend(() => {
      state.count++
      if (state.failFrom === undefined || state.count < state.failFrom) return Effect.void
      if (state.count > state.failFrom && !state.forGood) return Effect.void
      if (state.torn && state.count === state.failFrom && operation === "writeTemporary") {
        const half = bytes!.subarray(0, bytes!.byteLength >> 1)
        // The folder may not be there yet: then nothing could have been written either.
        try {
          writeFileSync(join(dirname(path), `.tmp.here.1.${state.count}`), half)
        } catch {}
      }
      return Effect.fail(new StoreUnavailable({ operation, path, code: "ENOSPC" }))
    })
  )

/** The real disk, with the given faults. */
export const failingDisk = (state: Faults): Layer.Layer<Disk> =>
  Layer.effect(
    Disk,
    Effect.map(Disk, (disk) => failing(disk, state))
  ).pipe(Layer.provide(realLayer))

/** The real disk, on which every operation lets others go first: what two writers do is interleaved. */
export const yieldingDisk: Layer.Layer<Disk> = Layer.effect(
  Disk,
  Effect.map(Disk, (disk) => around(disk, () => Effect.yieldNow))
).pipe(Layer.provide(realLayer))
