/**
 * The identity of a stage's code, by what it means: the digest of its tree-shaken, minified bundle and of the packages
 * that the bundle imports. Comments, formatting, types, unused helpers and other stages are not in it. The bundle is what
 * a worker runs, so what was hashed is what is executed. Knows nothing of actions or stores.
 */
import { readFile } from "node:fs/promises"
import { relative, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { Plugin } from "esbuild"
import { canonical, sha256 } from "./canonical.ts"
import { StageUnreadable } from "./Errors.ts"
import { identityOf, type Lockfile, packageOf } from "./Lockfile.ts"
import { markPureCalls } from "./pureCalls.ts"

/** Raise it when the framework changes what a stage computes from the same code: every stage reruns. */
export const PROTOCOL = 1

/** The package by which a bundle imports the framework, whatever the folder it lies in. */
const FRAMEWORK = "brink/pipeline"

export interface Code {
  readonly stage: string
  /** What the action holds: a digest over everything below but `files`. */
  readonly identity: string
  readonly bundle: string
  /** Package name → version and digest of its closure. */
  readonly packages: Readonly<Record<string, string>>
  /** Source path → digest of what it says, without comments and types. For people: it is not part of the identity. */
  readonly files: Readonly<Record<string, string>>
  readonly protocol: number
}

export interface Bundled {
  readonly code: Code
  readonly text: string
  /** Source path → digest of the file as it is, for noticing that nothing changed. */
  readonly sources: Readonly<Record<string, string>>
}

export const stageFile = (stage: string): string => `stages/${stage}.ts`

/** Reads TypeScript as the bundler should see it, and remembers what it read. */
const sourcePlugin = (root: string, esbuild: typeof import("esbuild"), acorn: typeof import("acorn")) => {
  const sources: Record<string, string> = {}
  const files: Record<string, string> = {}
  const parse = (code: string) => acorn.parse(code, { ecmaVersion: "latest", sourceType: "module" })
  const plugin: Plugin = {
    name: "brink-source",
    setup: (build) => {
      build.onResolve({ filter: /^\.{1,2}\// }, (args) => {
        const path = relative(root, resolve(args.resolveDir, args.path))
        const inside = path.match(/^src\/pipeline\/(\w+)\.ts$/)
        return inside === null ? undefined : { path: `${FRAMEWORK}/${inside[1]}`, external: true }
      })
      build.onLoad({ filter: /\.m?[jt]s$/ }, async (args) => {
        const source = await readFile(args.path, "utf8")
        const path = relative(root, args.path)
        const { code } = await esbuild.transform(source, {
          loader: args.path.endsWith("ts") ? "ts" : "js",
          legalComments: "none",
          target: "esnext",
          tsconfigRaw: "{}"
        })
        sources[path] = sha256(source)
        files[path] = sha256(code)
        return { contents: markPureCalls(code, parse), loader: "js" }
      })
      build.onLoad({ filter: /\.json$/ }, async (args) => {
        const contents = await readFile(args.path, "utf8")
        const path = relative(root, args.path)
        sources[path] = files[path] = sha256(contents)
        return { contents, loader: "json" }
      })
    }
  }
  return { plugin, sources, files }
}

/**
 * Bundles one stage. `declared` names packages that it reads files of without importing them.
 *
 * Errors  StageUnreadable where the file is missing, does not bundle, or imports a package that is not locked
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
    const [esbuild, acorn] = yield* Effect.promise(() => Promise.all([import("esbuild"), import("acorn")]))
    const { plugin, sources, files } = sourcePlugin(root, esbuild, acorn)
    const built = yield* Effect.tryPromise({
      try: () =>
        esbuild.build({
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
          plugins: [plugin]
        }),
      catch: (cause) => {
        const errors = (
          cause as {
            readonly errors?: ReadonlyArray<{
              readonly text: string
              readonly location: { readonly file: string; readonly line: number } | null
            }>
          }
        ).errors
        const first = errors?.[0]
        return failed(
          first === undefined
            ? String(cause)
            : `${first.text}${first.location === null ? "" : ` (${first.location.file}:${first.location.line})`}.`
        )
      }
    })
    // Short names are chosen by how often letters occur, dead code included: so they are chosen after it is gone.
    const { code: text } = yield* Effect.promise(() =>
      esbuild.transform(built.outputFiles[0]!.text, {
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
      ({ external, path }) => external === true && !path.startsWith("node:") && !path.startsWith(`${FRAMEWORK}/`)
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
    const identity = sha256("brink-code-v1\0", canonical({ bundle, packages, protocol: PROTOCOL }))
    const code: Code = {
      stage,
      identity,
      bundle,
      packages,
      protocol: PROTOCOL,
      files: Object.fromEntries(kept.sort().map((path) => [path, files[path]!]))
    }
    return { code, text, sources }
  })

/** What a worker must be able to load: the text of a bundle, by its digest. */
export const bundlePath = (root: string, bundle: string): string => resolve(root, ".brink", "bundles", `${bundle}.mjs`)
