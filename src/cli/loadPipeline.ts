/**
 * Reads a pipeline file. What it reaches is hundreds of small files, and importing those costs more than building most
 * graphs: they are bundled into one, which is remembered as long as no source changes. The bundle only saves time. Where
 * there is none, or it does not work, the file itself is imported, and says what is wrong with it in its own words.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Plugin } from "esbuild"
import type { Blueprint } from "../pipeline/Blueprint.ts"
import { sha256 } from "../pipeline/canonical.ts"
import * as checkedJson from "../pipeline/checkedJson.ts"
import { Disk, remember } from "../pipeline/Disk.ts"
import {
  type ArgumentInvalid,
  type NotCanonical,
  type ParameterInvalid,
  PipelineInvalid,
  StageUnreadable,
  type StoreUnavailable,
  type SweepInvalid
} from "../pipeline/Errors.ts"
import type { Pipeline } from "../pipeline/Pipeline.ts"

/** What the framework throws while a graph is built. */
export type Refused = PipelineInvalid | ParameterInvalid | ArgumentInvalid | SweepInvalid | NotCanonical
const REFUSED: ReadonlyArray<unknown> = [
  "PipelineInvalid",
  "ParameterInvalid",
  "ArgumentInvalid",
  "SweepInvalid",
  "NotCanonical"
] satisfies ReadonlyArray<Refused["_tag"]>

/** By tag, since a pipeline has its own copy of the framework's classes. */
const isRefused = (cause: unknown): cause is Refused =>
  cause instanceof Error && "_tag" in cause && REFUSED.includes(cause._tag)

/** A call in a stack that is none of the project's own code: Node's, a package's, the framework's. */
const foreign = /^\s+at .*(node:|node_modules|\.mjs:|\/src\/(pipeline|cli)\/)/

/** What a pipeline's own code threw, and where. */
const thrown = (cause: unknown): string => {
  const { stack }: { readonly stack?: string | undefined } = cause instanceof Error ? cause : {}
  if (stack === undefined) return inspect(cause)
  return stack
    .split("\n")
    .filter((line) => !foreign.test(line))
    .join("\n")
}

export interface Asked {
  readonly root: string
  readonly name: string
  readonly settings: Readonly<Record<string, string>>
  /** Changes with every source that the pipeline can reach. */
  readonly sources: string
}

const fileOf = (name: string): string => `pipelines/${name}.ts`

/** The graph of the pipeline that a module exports. Errors of the framework are kept; anything else is the pipeline's mistake. */
const blueprintIn = ({ name, settings }: Asked, path: string): Effect.Effect<Blueprint, Refused> =>
  Effect.gen(function* () {
    const file = fileOf(name)
    const failed = (problem: string) => new PipelineInvalid({ file, problem })
    const refuse = (cause: unknown) => (isRefused(cause) ? cause : failed(thrown(cause)))
    const module = yield* Effect.tryPromise({
      try: () => import(pathToFileURL(path).href) as Promise<{ readonly default?: Partial<Pipeline> }>,
      catch: refuse
    })
    const pipeline = module.default
    if (typeof pipeline?.blueprint !== "function") return yield* failed("its default export is not Pipeline.make(…).")
    if (pipeline.name !== name)
      return yield* failed(`it is named "${pipeline.name}". Its name is that of its file: Pipeline.make("${name}", …).`)
    return yield* Effect.try({ try: () => (pipeline as Pipeline).blueprint(settings), catch: refuse })
  })

/** The framework and what it is made of are bundled; other packages stay where they are. */
const packagesPlugin: Plugin = {
  name: "brink-packages",
  setup: (build) => {
    build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      /^(effect|brink)(\/|$)/.test(path) ? undefined : { path, external: true }
    )
  }
}

interface Bundle {
  /** `undefined` where it asks where its file lies. */
  readonly text: string | undefined
  readonly misnamed: StageUnreadable | undefined
}

/** A stage among these files that is called otherwise than its file: what runs is the file of its name. */
const misnamedAmong = (root: string, paths: ReadonlyArray<string>): StageUnreadable | undefined => {
  for (const path of paths) {
    const [, file] = path.match(/^stages\/(\w+)\.ts$/) ?? []
    if (file === undefined) continue
    for (const [, stage] of readFileSync(join(root, path), "utf8").matchAll(/=\s*Stage\.make\(\s*"([^"]+)"/g))
      if (stage !== file)
        return new StageUnreadable({ stage: stage!, file: path, problem: `what runs is stages/${stage}.ts.` })
  }
  return undefined
}

/** Everything that a pipeline reaches; `undefined` where it does not bundle. */
const bundle = async (root: string, name: string): Promise<Bundle> => {
  const { build } = await import("esbuild")
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [fileOf(name)],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    legalComments: "none",
    logLevel: "silent",
    tsconfigRaw: "{}",
    plugins: [packagesPlugin]
  })
  const { text } = outputFiles[0]!
  return {
    text: text.includes("import.meta") ? undefined : text,
    misnamed: misnamedAmong(root, Object.keys(metafile.inputs))
  }
}

interface Remembered {
  readonly sources: string
  /** Digest of the bundle, by which it is found; `null` where there is none. */
  readonly bundle: string | null
}

/** Where the bundle of a pipeline lies, made now if its sources changed. */
const bundledPath = ({
  root,
  name,
  sources
}: Asked): Effect.Effect<string | undefined, StageUnreadable | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const folder = join(root, ".brink", "pipelines")
    const bundlePath = (digest: string): string => join(folder, `${digest}.mjs`)
    const memoryPath = join(folder, `${name}.json`)
    const memory = checkedJson.decode<Remembered>(yield* disk.read(memoryPath))
    if (memory?.sources === sources) {
      if (memory.bundle === null) return undefined
      const path = bundlePath(memory.bundle)
      const text = yield* disk.read(path)
      if (text !== undefined && sha256(text) === memory.bundle) return path
    }
    const made = yield* Effect.promise(() => bundle(root, name).catch(() => undefined))
    if (made?.misnamed !== undefined) return yield* made.misnamed
    const text = made?.text
    const digest = text === undefined ? null : sha256(text)
    const path = digest === null ? undefined : bundlePath(digest)
    if (path !== undefined) yield* remember(path, new TextEncoder().encode(text))
    const next: Remembered = { sources, bundle: digest }
    yield* remember(memoryPath, new TextEncoder().encode(checkedJson.encode(next)))
    // Whoever is about to import the old one imports the file itself instead.
    const old = memory?.bundle
    if (typeof old === "string" && old !== digest) yield* Effect.ignore(disk.remove(bundlePath(old)))
    return path
  })

/**
 * The graph of a pipeline under the given settings.
 *
 * Errors  PipelineInvalid, ParameterInvalid, ArgumentInvalid, SweepInvalid, NotCanonical, StageUnreadable where a stage is
 *         called otherwise than its file
 */
export const loadBlueprint = (
  asked: Asked
): Effect.Effect<Blueprint, Refused | StageUnreadable | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const bundled = yield* bundledPath(asked)
    const found = bundled === undefined ? Option.none() : yield* Effect.option(blueprintIn(asked, bundled))
    return Option.isSome(found) ? found.value : yield* blueprintIn(asked, join(asked.root, fileOf(asked.name)))
  })
