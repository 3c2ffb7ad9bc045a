/**
 * The identity of a stage's code, by what it means: the digest of its tree-shaken, minified bundle, but for the names of local
 * values, and of the packages that the bundle imports. Comments, formatting, types, unused helpers and other stages are not in it.
 * The bundle is what a worker runs, so what was hashed is what is executed. Knows nothing of actions or stores.
 */
import { access, readFile } from "node:fs/promises"
import { isBuiltin, SourceMap, type SourceMapping } from "node:module"
import { join, relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { BuildFailure, Location, Plugin, TransformFailure } from "esbuild"
import { canonical, sha256 } from "./canonical.ts"
import { computedImports } from "./computedImports.ts"
import { StageUnreadable } from "./Errors.ts"
import { identityOf, type Lockfile, packageOf } from "./Lockfile.ts"
import { parseJson } from "./parseJson.ts"
import { type Module, moduleOf, type Parts, reachedParts } from "./parts.ts"
import { markPureCalls } from "./pureCalls.ts"
import { withoutConduct } from "./withoutConduct.ts"
import { withoutNames } from "./withoutNames.ts"

/** Raise it when the framework changes what a stage computes from the same code: every stage reruns. */
export const PROTOCOL = 1

/** The package by which a bundle imports the framework, whatever the folder it lies in. */
const PACKAGE = "brink"
const FRAMEWORK = `${PACKAGE}/pipeline`

export interface Code {
  readonly stage: string
  /** What the action holds: a digest over what the bundle says but for local names, the packages, and the protocol. */
  readonly identity: string
  /** The digest of what a worker runs. */
  readonly bundle: string
  /** Package name → version and digest of its closure. */
  readonly packages: Readonly<Record<string, string>>
  /** Source path → digest of what it says, without comments and types. For people: it is not part of the identity. */
  readonly files: Readonly<Record<string, string>>
  /** The same of every top-level declaration in them that the stage reaches. */
  readonly parts?: Parts
  readonly protocol: number
}

export interface Bundled {
  readonly code: Code
  readonly text: string
  /** Source path → digest of the file as it is, for noticing that nothing changed. */
  readonly sources: Readonly<Record<string, string>>
}

export const stageFile = (stage: string): string => `stages/${stage}.ts`

/** Whether a project is the framework's own: then its files are reached by relative paths too. */
const isFramework = async (root: string): Promise<boolean> => {
  const text = await readFile(join(root, "package.json"), "utf8").catch(() => undefined)
  return parseJson<{ readonly name?: string }>(text)?.name === PACKAGE
}

/** The framework's own files, named as other projects import them. */
const frameworkPlugin = (root: string): Plugin => ({
  name: "brink-framework",
  setup: (build) => {
    build.onResolve({ filter: /^\.{1,2}\// }, (args) => {
      const path = relative(root, resolve(args.resolveDir, args.path))
      const inside = path.match(/^src\/pipeline\/(\w+)\.ts$/)
      return inside === null ? undefined : { path: `${FRAMEWORK}/${inside[1]}`, external: true }
    })
  }
})

const loadTools = async () => {
  const [esbuild, acorn, walk] = await Promise.all([import("esbuild"), import("acorn"), import("acorn-walk")])
  return { esbuild, acorn, walk }
}
type Tools = Awaited<ReturnType<typeof loadTools>>

/** Reads TypeScript as the bundler should see it, and remembers what it read. */
const sourcePlugin = (root: string, { esbuild, acorn, walk }: Tools) => {
  const sources: Record<string, string> = {}
  const files: Record<string, string> = {}
  const maps = new Map<string, SourceMap>()
  const modules = new Map<string, Module>()
  const plugin: Plugin = {
    name: "brink-source",
    setup: (build) => {
      build.onLoad({ filter: /\.m?[jt]s$/ }, async (args) => {
        const path = relative(root, args.path)
        const source = await readFile(args.path, "utf8")
        const transformed = await esbuild
          .transform(source, {
            loader: args.path.endsWith("ts") ? "ts" : "js",
            legalComments: "none",
            target: "esnext",
            tsconfigRaw: "{}",
            sourcefile: path,
            sourcemap: "external"
          })
          .catch((failure: TransformFailure) => failure)
        if (transformed instanceof Error) return { errors: transformed.errors }
        const { code, map } = transformed
        sources[path] = sha256(source)
        files[path] = sha256(code)
        maps.set(path, new SourceMap(JSON.parse(map)))
        const program = acorn.parse(code, { ecmaVersion: "latest", sourceType: "module" })
        modules.set(path, moduleOf(program, code, walk))
        const errors = computedImports(program, walk).map(({ start, end }) => ({
          text: `${code.slice(start, end)} loads what only running it can tell; name the module by a text`,
          location: { file: path, ...acorn.getLineInfo(code, start) }
        }))
        return { contents: markPureCalls(withoutConduct(code, program, walk), program), loader: "js", errors }
      })
      build.onLoad({ filter: /\.json$/ }, async (args) => {
        const contents = await readFile(args.path, "utf8")
        const path = relative(root, args.path)
        sources[path] = files[path] = sha256(contents)
        return { contents, loader: "json" }
      })
    }
  }
  /** The line of the source behind a place of the JavaScript that the bundler saw. */
  const lineOf = ({ file, line, column }: Location): number => {
    const { originalLine = line - 1 }: Partial<SourceMapping> = maps.get(file)?.findEntry(line - 1, column) ?? {}
    return originalLine + 1
  }
  return { plugin, sources, files, modules, lineOf }
}

/** The first thing that the bundler refuses, and where. */
const problemOf = (cause: unknown, lineOf: (location: Location) => number): string => {
  const first = (cause as Partial<BuildFailure>).errors?.[0]
  if (first === undefined) return String(cause)
  const { text, location } = first
  return location === null ? `${text}.` : `${text} (${location.file}:${lineOf(location)}).`
}

/**
 * Bundles one stage. `declared` names packages that it reads files of without importing them.
 *
 * Errors  StageUnreadable where the file is missing, does not bundle, or imports what is computed or not locked
 */
export const bundleStage = (
  root: string,
  lock: Lockfile,
  stage: string,
  declared: ReadonlyArray<string>
): Effect.Effect<Bundled, StageUnreadable> =>
  Effect.gen(function* () {
    const file = stageFile(stage)
    const failed = (problem: string) => new StageUnreadable({ stage, file, problem })
    yield* Effect.tryPromise({ try: () => access(join(root, file)), catch: () => failed("there is no such file.") })
    const tools = yield* Effect.promise(loadTools)
    const { plugin, sources, files, modules, lineOf } = sourcePlugin(root, tools)
    const own = (yield* Effect.promise(() => isFramework(root))) ? [frameworkPlugin(root)] : []
    const built = yield* Effect.tryPromise({
      try: () =>
        tools.esbuild.build({
          absWorkingDir: root,
          entryPoints: [file],
          bundle: true,
          write: false,
          metafile: true,
          format: "esm",
          platform: "node",
          target: "esnext",
          treeShaking: true,
          minifySyntax: true,
          legalComments: "none",
          packages: "external",
          logLevel: "silent",
          tsconfigRaw: "{}",
          plugins: [...own, plugin]
        }),
      catch: (cause) => failed(problemOf(cause, lineOf))
    })
    // A second time, when dead code is gone: so it has no part in which scopes share a short name.
    const { code: text } = yield* Effect.promise(() =>
      tools.esbuild.transform(built.outputFiles[0]!.text, {
        minify: true,
        format: "esm",
        target: "esnext",
        legalComments: "none"
      })
    )
    const output = Object.values(built.metafile.outputs)[0]!
    const kept = Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 && path in files ? [path] : []
    )
    const imported = output.imports.filter(
      ({ external, path }) => external === true && !isBuiltin(path) && !path.startsWith(`${FRAMEWORK}/`)
    )
    const names = [...new Set([...imported.map(({ path }) => packageOf(path)), ...declared])].sort()
    const packages: Record<string, string> = {}
    for (const name of names) {
      const identity = identityOf(lock, name)
      if (identity === undefined)
        return yield* failed(
          `it imports the package "${name}", which package-lock.json does not hold. Install it with npm.`
        )
      packages[name] = identity
    }
    const bundle = sha256(text)
    const program = tools.acorn.parse(text, { ecmaVersion: "latest", sourceType: "module" })
    const says = sha256(withoutNames(text, program, tools.walk))
    const resolved = (from: string, source: string): string | undefined =>
      built.metafile.inputs[from]?.imports.find(({ original, external }) => original === source && external !== true)
        ?.path
    const identity = sha256("brink-code-v2\0", canonical({ says, packages, protocol: PROTOCOL }))
    const code: Code = {
      stage,
      identity,
      bundle,
      packages,
      protocol: PROTOCOL,
      files: Object.fromEntries(kept.sort().map((path) => [path, files[path]!])),
      parts: reachedParts(modules, file, resolved)
    }
    return { code, text, sources }
  })

/** What a worker must be able to load: the text of a bundle, by its digest. */
export const bundlePath = (root: string, bundle: string): string => resolve(root, ".brink", "bundles", `${bundle}.mjs`)
