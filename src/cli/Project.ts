/**
 * The project that the command line works in: where it lies, which pipelines it has, and their graphs. Graphs are
 * remembered under a digest of everything that a pipeline file can reach, since reading one costs more than a no-op may.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { Blueprint } from "../pipeline/Blueprint.ts"
import { currentDigests } from "../pipeline/Codes.ts"
import { canonical, sha256 } from "../pipeline/canonical.ts"
import * as checkedJson from "../pipeline/checkedJson.ts"
import * as compact from "../pipeline/compactBlueprint.ts"
import { Disk, remember } from "../pipeline/Disk.ts"
import { type StageUnreadable, type StoreUnavailable, UnknownPipeline } from "../pipeline/Errors.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import { loadBlueprint, type Refused } from "./loadPipeline.ts"

export interface Project {
  readonly root: string
  /** Where brink itself lies. */
  readonly brink: string
  readonly store: string
  /** Digest of a file of the project as it is now; each is read once. */
  readonly digestOf: (path: string) => string | undefined
}

const PIPELINES = "pipelines"

/** The nearest folder at or above this one that has pipelines. */
const findRoot = (from: string): string => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, PIPELINES)) && existsSync(join(folder, "package.json"))) return folder
    if (dirname(folder) === folder) return resolve(from)
  }
}

export const open = (store: string | undefined): Project => {
  const root = findRoot(process.cwd())
  return {
    root,
    brink: process.env["BRINK_HOME"] ?? root,
    store: resolve(store ?? join(root, "artifacts")),
    digestOf: currentDigests(root)
  }
}

export const pipelineNames = (project: Project): ReadonlyArray<string> => {
  try {
    return readdirSync(join(project.root, PIPELINES))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => name.slice(0, -3))
      .sort()
  } catch {
    return []
  }
}

/** Every source that a pipeline can reach. */
const sourcesOf = (project: Project): ReadonlyArray<string> =>
  [PIPELINES, "stages", "src"].flatMap((folder) => {
    try {
      return readdirSync(join(project.root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|js|mjs|json)$/.test(name))
        .map((name) => join(folder, name))
        .sort()
    } catch {
      return []
    }
  })

interface Remembered {
  readonly digest: string
  readonly compact: compact.Compact
}

/** Whether the digest is among the first bytes, where it is written: reading all of another graph would be for nothing. */
const isOf = (digest: string, { buffer, byteOffset, byteLength }: Uint8Array): boolean =>
  Buffer.from(buffer, byteOffset, Math.min(byteLength, 2 * digest.length)).includes(digest)

/**
 * The graph of a pipeline under the given settings. Those of later rounds of a sweep are remembered beside it.
 *
 * Errors  UnknownPipeline, PipelineInvalid, ParameterInvalid, ArgumentInvalid, SweepInvalid, NotCanonical
 */
export const blueprint = (
  project: Project,
  name: string,
  settings: Readonly<Record<string, string>>,
  round = 1
): Effect.Effect<Blueprint, UnknownPipeline | Refused | StageUnreadable | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const known = pipelineNames(project)
    if (!known.includes(name))
      return yield* new UnknownPipeline({ name, folder: PIPELINES, known, near: nearestNames(name, known) })
    const files = [...sourcesOf(project), "package-lock.json"].map((path) => [path, project.digestOf(path) ?? ""])
    const sources = sha256("brink-sources-v1\0", canonical(files))
    const digest = sha256("brink-blueprint-v5\0", canonical({ name, settings, sources }))
    const remembered = join(project.root, ".brink", "blueprints", `${name}${round === 1 ? "" : `#${round}`}.json`)
    const bytes = yield* disk.read(remembered)
    const memory = bytes !== undefined && isOf(digest, bytes) ? checkedJson.decode<Remembered>(bytes) : undefined
    if (memory?.digest === digest) return compact.decode(memory.compact)
    const made = yield* loadBlueprint({ root: project.root, name, settings, sources })
    yield* remember(remembered, new TextEncoder().encode(checkedJson.encode({ digest, compact: compact.encode(made) })))
    return made
  })

/** The version of brink, for `--version` and `doctor`. */
export const versionOf = (project: Project): string =>
  (JSON.parse(readFileSync(join(project.brink, "package.json"), "utf8")) as { readonly version: string }).version
