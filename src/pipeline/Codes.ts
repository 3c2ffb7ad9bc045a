/**
 * The code of every stage of a blueprint. Bundling is remembered in the project's `.brink` folder, and believed only if
 * every source file it was made from still has the same bytes. Derived state: deleting it costs time, never a result.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { canonical, sha256 } from "./canonical.ts"
import * as checkedJson from "./checkedJson.ts"
import { Disk, remember } from "./Disk.ts"
import type { StageUnreadable, StoreUnavailable } from "./Errors.ts"
import { bundlePath, bundleStage, type Code, PROTOCOL } from "./Fingerprint.ts"
import type { Lockfile } from "./Lockfile.ts"
import { parseJson } from "./parseJson.ts"

interface Remembered {
  readonly declared: ReadonlyArray<string>
  readonly sources: Readonly<Record<string, string>>
  readonly code: Code
}
interface Memory {
  readonly lock: string
  readonly stages: Readonly<Record<string, Remembered>>
}

const memoryPath = (root: string): string => join(root, ".brink", "codes.json")

/** Digests of files as they are now, each read once; `undefined` where there is none. */
export const currentDigests = (root: string): ((path: string) => string | undefined) => {
  const known = new Map<string, string | undefined>()
  return (path) => {
    if (!known.has(path)) {
      let digest: string | undefined
      try {
        digest = sha256(readFileSync(join(root, path)))
      } catch {
        digest = undefined
      }
      known.set(path, digest)
    }
    return known.get(path)
  }
}

/**
 * Stage → code, for the given stages with the packages they declare.
 *
 * Errors  StageUnreadable, StoreUnavailable
 */
export const codesOf = (
  root: string,
  stages: ReadonlyMap<string, ReadonlyArray<string>>,
  digestOf: (path: string) => string | undefined
): Effect.Effect<ReadonlyMap<string, Code>, StageUnreadable | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const lock = digestOf("package-lock.json") ?? ""
    const memory = checkedJson.decode<Memory>(yield* disk.read(memoryPath(root)))
    const remembered = memory?.lock === lock ? memory.stages : {}
    const holds = (entry: Remembered | undefined, declared: ReadonlyArray<string>): entry is Remembered =>
      entry?.code.protocol === PROTOCOL &&
      entry.code.parts !== undefined &&
      canonical(entry.declared) === canonical(declared) &&
      Object.entries(entry.sources).every(([path, digest]) => digestOf(path) === digest)
    const isWhole = (bundle: string) =>
      Effect.map(disk.read(bundlePath(root, bundle)), (text) => text !== undefined && sha256(text) === bundle)
    const codes = new Map<string, Code>()
    const missing: Array<readonly [string, ReadonlyArray<string>]> = []
    for (const [stage, declared] of stages) {
      const entry = Object.hasOwn(remembered, stage) ? remembered[stage] : undefined
      if (holds(entry, declared) && (yield* isWhole(entry.code.bundle))) codes.set(stage, entry.code)
      else missing.push([stage, declared])
    }
    if (missing.length === 0) return codes
    const { packages = {} } = parseJson<Partial<Lockfile>>(yield* disk.read(join(root, "package-lock.json"))) ?? {}
    const fresh: Record<string, Remembered> = {}
    yield* Effect.forEach(
      missing,
      ([stage, declared]) =>
        Effect.gen(function* () {
          const bundled = yield* bundleStage(root, { packages }, stage, declared)
          yield* remember(bundlePath(root, bundled.code.bundle), new TextEncoder().encode(bundled.text))
          codes.set(stage, bundled.code)
          fresh[stage] = { declared, sources: bundled.sources, code: bundled.code }
        }),
      { concurrency: "unbounded", discard: true }
    )
    const next: Memory = { lock, stages: { ...remembered, ...fresh } }
    yield* remember(memoryPath(root), new TextEncoder().encode(checkedJson.encode(next)))
    return codes
  })
