/**
 * Whether a store holds what its records say: the sizes of everything, or every byte. What is damaged leaves its name, so
 * that it counts as missing and heals by being made again. Knows nothing of what artifacts mean.
 */
import { basename, join } from "node:path"
import * as Effect from "effect/Effect"
import type { Blob } from "./Artifact.ts"
import { sha256 } from "./canonical.ts"
import { Disk } from "./Disk.ts"
import type { PinInvalid, RecordUnknown, StoreUnavailable } from "./Errors.ts"
import * as Inventory from "./Inventory.ts"
import * as Layout from "./Layout.ts"
import * as Pins from "./Pins.ts"
import * as Record from "./Record.ts"
import * as Records from "./Records.ts"
import type { Result } from "./Result.ts"
import * as Segments from "./Segments.ts"
import * as Trash from "./Trash.ts"

export interface Finding {
  readonly kind: "object" | "record" | "segment" | "divergent" | "checkpoint" | "pin"
  /** Digest, key or name. */
  readonly name: string
  readonly path: string
  readonly problem: string
  /** What cannot be had without it; it is made again when it is asked for. */
  readonly addresses: ReadonlyArray<string>
  /** Where the damaged bytes lie now; `undefined` where there are none. */
  readonly aside: string | undefined
}

export interface Verified {
  readonly records: number
  readonly objects: number
  readonly checkpoints: number
  readonly bytes: number
  readonly findings: ReadonlyArray<Finding>
}

export interface VerifyOptions {
  /** Hashes every object, also those that nothing names. */
  readonly all: boolean
  /** Whether the bytes of a checkpoint are what was written. */
  readonly isWholeCheckpoint: (bytes: Uint8Array) => boolean
}

/** Every object that a result names, with its length. */
const blobsOf = ({ blobs, code, output, inline, accepted }: Result): ReadonlyArray<Blob> => [
  ...blobs,
  code,
  ...(inline === undefined ? [output] : []),
  ...(accepted === undefined ? [] : [accepted.code])
]

/** Moves a damaged file out of its place. */
const setAside = (root: string, path: string, name: string) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const aside = join(Layout.trashFolder(root), `damaged-${name}`)
    // A store that cannot be written to is only looked at.
    return yield* Effect.match(disk.rename(path, aside), { onSuccess: () => aside, onFailure: () => undefined })
  })

/** Records that are not what was written, loose or packed; packed ones are left out of a new segment. */
const recordFindings = (root: string, lines: ReadonlyArray<Records.Line>, { segments }: Records.Read) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const findings: Array<Finding> = []
    for (const { key, path } of lines.filter(({ packed }) => !packed)) {
      const aside = yield* setAside(root, path, basename(path))
      const problem = "its bytes are not those that were written"
      findings.push({ kind: "record", name: key, path, problem, addresses: [], aside })
    }
    for (const { name, bytes, lines: places } of segments) {
      if (`${sha256(bytes)}.seg` === name) continue
      const whole = new Map<string, Uint8Array>()
      for (const [key, [from, to]] of places) {
        const line = bytes.subarray(from, to)
        if (Record.isWhole(line, key)) whole.set(key, line)
      }
      yield* Segments.write(disk, root, whole)
      const path = join(Layout.indexFolder(root), name)
      const aside = yield* setAside(root, path, name)
      const problem = `its bytes are not those that it is named by; ${whole.size} whole records of it are kept`
      findings.push({ kind: "segment", name, path, problem, addresses: [], aside })
    }
    return findings
  })

/** What an object should be, and who needs it. */
interface Wanted {
  readonly size: number | undefined
  readonly addresses: Set<string>
}

/** What is wrong with an object; nothing, where it is what its name says. */
const problemOf = (path: string, digest: string, size: number | undefined, all: boolean) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const present = yield* disk.size(path)
    if (present === undefined) return "it is gone"
    if (size !== undefined && present !== size) return `it has ${present} of ${size} bytes`
    if (!all) return undefined
    const bytes = yield* disk.read(path)
    if (bytes === undefined) return "it is gone"
    return sha256(bytes) === digest ? undefined : "its bytes are not those that it is named by"
  })

/**
 * Checks a store, and sets aside what is damaged.
 *
 * Errors  RecordUnknown where a newer brink wrote a record, StoreUnavailable
 */
export const verify = (
  root: string,
  { all, isWholeCheckpoint }: VerifyOptions
): Effect.Effect<Verified, StoreUnavailable | RecordUnknown, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const trash = Trash.of(disk, root)
    const wanted = new Map<string, Wanted>()
    const damaged: Array<Records.Line> = []
    let records = 0
    const want = ({ digest, size }: Blob, address: string): void => {
      const known = wanted.get(digest)
      if (known === undefined) wanted.set(digest, { size, addresses: new Set([address]) })
      else known.addresses.add(address)
    }
    const read = yield* Records.read(root, (line) => {
      records++
      if (line.result === undefined) damaged.push(line)
      else for (const blob of blobsOf(line.result)) want(blob, line.result.address)
    })
    const findings = [...(yield* recordFindings(root, damaged, read))]
    const inventory = yield* Inventory.take(root)
    let bytes = 0
    const digests = new Set([...wanted.keys(), ...(all ? inventory.objects.keys() : [])])
    for (const digest of digests) {
      const { size, addresses } = wanted.get(digest) ?? { size: undefined, addresses: new Set<string>() }
      const path = Layout.objectPath(root, digest)
      if (!inventory.objects.has(digest)) yield* trash.bringBack(path)
      const problem = yield* problemOf(path, digest, size, all)
      bytes += (yield* disk.size(path)) ?? 0
      if (problem === undefined) continue
      const aside = problem === "it is gone" ? undefined : yield* setAside(root, path, digest)
      findings.push({ kind: "object", name: digest, path, problem, addresses: [...addresses], aside })
    }
    for (const { path, key } of inventory.divergent) {
      const line = (yield* disk.read(path))?.subarray(0, -1)
      if (line === undefined || Record.isWhole(Buffer.from(line), key)) continue
      const aside = yield* setAside(root, path, basename(path))
      const problem = "its bytes are not those that were written"
      findings.push({ kind: "divergent", name: key, path, problem, addresses: [], aside })
    }
    const states = all ? inventory.checkpoints : []
    for (const { path, key } of states) {
      const state = yield* disk.read(path)
      if (state === undefined || isWholeCheckpoint(state)) continue
      const name = key ?? basename(path)
      const aside = yield* setAside(root, path, basename(path))
      const problem = "it is torn; an older one holds, if there is one"
      findings.push({ kind: "checkpoint", name, path, problem, addresses: [], aside })
    }
    yield* Pins.all(root).pipe(
      Effect.catchTag("PinInvalid", ({ name, problem }: PinInvalid) =>
        Effect.sync(() => {
          const path = Layout.pinsFolder(root)
          findings.push({ kind: "pin", name, path, problem, addresses: [], aside: undefined })
        })
      )
    )
    return { records, objects: digests.size, checkpoints: states.length, bytes, findings }
  })
