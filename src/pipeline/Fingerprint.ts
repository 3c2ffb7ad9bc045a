/**
 * The identity of a stage's code, by what it means: the digest of its tree-shaken, minified bundle, but for the names of local
 * values, and of the packages that the bundle imports. Comments, formatting, types, unused helpers and other stages are not in it.
 * The bundle is what a worker runs, so what was hashed is what is executed. Knows nothing of actions or stores.
 */
import { isBuiltin } from "node:module"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import { bundle, FRAMEWORK, stageFile } from "./bundle.ts"
import { canonical, sha256 } from "./canonical.ts"
import { StageUnreadable } from "./Errors.ts"
import { identityOf, type Lockfile, packageOf } from "./Lockfile.ts"
import { type Parts, reachedParts } from "./parts.ts"
import { withoutNames } from "./withoutNames.ts"

/** Raise it when the framework changes what a stage computes from the same code: every stage reruns. */
export const PROTOCOL = 1

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
    const failed = (problem: string) => new StageUnreadable({ stage, file: stageFile(stage), problem })
    const { text, metafile, sources, files, modules } = yield* bundle(root, stage)
    const output = Object.values(metafile.outputs)[0]!
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
    const [acorn, walk] = yield* Effect.promise(() => Promise.all([import("acorn"), import("acorn-walk")]))
    const program = acorn.parse(text, { ecmaVersion: "latest", sourceType: "module" })
    const says = sha256(withoutNames(text, program, walk))
    const resolved = (from: string, source: string): string | undefined =>
      metafile.inputs[from]?.imports.find(({ original, external }) => original === source && external !== true)?.path
    const identity = sha256("brink-code-v2\0", canonical({ says, packages, protocol: PROTOCOL }))
    const code: Code = {
      stage,
      identity,
      bundle: sha256(text),
      packages,
      protocol: PROTOCOL,
      files: Object.fromEntries(kept.sort().map((path) => [path, files[path]!])),
      parts: reachedParts(modules, stageFile(stage), resolved)
    }
    return { code, text, sources }
  })

/** What a worker must be able to load: the text of a bundle, by its digest. */
export const bundlePath = (root: string, bundle: string): string => resolve(root, ".brink", "bundles", `${bundle}.mjs`)
