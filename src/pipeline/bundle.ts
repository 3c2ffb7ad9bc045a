/**
 * The text of a stage as a worker runs it: with everything of the project that it reaches and nothing that it does not, minified.
 * Packages stay outside. Knows nothing of keys; what it read is told, for those who make them.
 */
import { access, readFile } from "node:fs/promises"
import { SourceMap, type SourceMapping } from "node:module"
import { join, relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { BuildFailure, Location, Metafile, Plugin, TransformFailure } from "esbuild"
import { sha256 } from "./canonical.ts"
import { computedImports } from "./computedImports.ts"
import { StageUnreadable } from "./Errors.ts"
import { parseJson } from "./parseJson.ts"
import { type Module, moduleOf } from "./parts.ts"
import { markPureCalls } from "./pureCalls.ts"
import { withoutConduct } from "./withoutConduct.ts"

/** The package by which a bundle imports the framework, whatever the folder it lies in. */
const PACKAGE = "brink"
export const FRAMEWORK = `${PACKAGE}/pipeline`

export const stageFile = (stage: string): string => `stages/${stage}.ts`

/** A place in a source file of the project. */
export interface Place {
  readonly file: string
  readonly line: number
}

export interface Bundle {
  readonly text: string
  readonly metafile: Metafile
  /** Source path → digest of the file as it is. */
  readonly sources: Readonly<Record<string, string>>
  /** Source path → digest of what it says, without comments and types. */
  readonly files: Readonly<Record<string, string>>
  readonly modules: ReadonlyMap<string, Module>
  /** Where the source of a place of the text is, by line from one and column from zero. */
  readonly placeOf: (line: number, column: number) => Place | undefined
}

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

/** A place by line from one and column from zero, as stack traces but for the column, and the bundler, say it. */
type Spot = Pick<Location, "file" | "line" | "column">

/** What a map says is behind a place of a text. */
const behind = (map: SourceMap, line: number, column: number): Spot | undefined => {
  const { originalSource, originalLine, originalColumn }: Partial<SourceMapping> = map.findEntry(line - 1, column)
  if (originalSource === undefined || originalLine === undefined) return undefined
  return { file: originalSource, line: originalLine + 1, column: originalColumn ?? 0 }
}

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
  const lineOf = ({ file, line, column }: Spot): number => {
    const { originalLine = line - 1 }: Partial<SourceMapping> = maps.get(file)?.findEntry(line - 1, column) ?? {}
    return originalLine + 1
  }
  return { plugin, sources, files, modules, lineOf }
}

/** The first thing that the bundler refuses, and where. */
const problemOf = (cause: unknown, lineOf: (spot: Spot) => number): string => {
  const first = (cause as Partial<BuildFailure>).errors?.[0]
  if (first === undefined) return String(cause)
  const { text, location } = first
  return location === null ? `${text}.` : `${text} (${location.file}:${lineOf(location)}).`
}

/** A text without its map, and the map. */
const withoutMap = (text: string): { readonly code: string; readonly map: SourceMap } => {
  const [code = "", encoded = ""] = text.split("//# sourceMappingURL=data:application/json;base64,")
  return { code, map: new SourceMap(JSON.parse(Buffer.from(encoded.trim(), "base64").toString())) }
}

/**
 * Bundles one stage; with `places`, also from where each place of its text is.
 *
 * Errors  StageUnreadable where the file is missing, does not bundle, or imports what is computed
 */
export const bundle = (
  root: string,
  stage: string,
  { places = false }: { readonly places?: boolean } = {}
): Effect.Effect<Bundle, StageUnreadable> =>
  Effect.gen(function* () {
    const file = stageFile(stage)
    const failed = (problem: string) => new StageUnreadable({ stage, file, problem })
    yield* Effect.tryPromise({ try: () => access(join(root, file)), catch: () => failed("there is no such file.") })
    const tools = yield* Effect.promise(loadTools)
    const { plugin, sources, files, modules, lineOf } = sourcePlugin(root, tools)
    const own = (yield* Effect.promise(() => isFramework(root))) ? [frameworkPlugin(root)] : []
    const sourcemap = places ? "inline" : false
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
          sourcemap,
          plugins: [...own, plugin]
        }),
      catch: (cause) => failed(problemOf(cause, lineOf))
    })
    const whole = built.outputFiles[0]!.text
    const joined = places ? withoutMap(whole) : { code: whole, map: undefined }
    // A second time, when dead code is gone: so it has no part in which scopes share a short name.
    const { code } = yield* Effect.promise(() =>
      tools.esbuild.transform(joined.code, {
        minify: true,
        format: "esm",
        target: "esnext",
        legalComments: "none",
        sourcemap
      })
    )
    const short = places ? withoutMap(code) : { code, map: undefined }
    const placeOf: Bundle["placeOf"] = (line, column) => {
      const inJoined = short.map === undefined ? undefined : behind(short.map, line, column)
      const seen = inJoined && joined.map && behind(joined.map, inJoined.line, inJoined.column)
      if (seen === undefined || !(seen.file in files)) return undefined
      return { file: seen.file, line: lineOf(seen) }
    }
    return { text: short.code, metafile: built.metafile, sources, files, modules, placeOf }
  })
