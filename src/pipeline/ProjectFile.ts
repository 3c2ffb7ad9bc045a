/**
 * A file of the project as a parameter of a stage: named by its path, and known to the key by its content. A pipeline says
 * `ProjectFile.at("data/points.csv")`; the plan adds the digest of what is there, so an edited file is another action and a
 * touched one is not; the stage reads exactly those bytes, or fails. Times and sizes are never believed.
 */
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Blueprint } from "./Blueprint.ts"
import { sha256 } from "./canonical.ts"
import { FileAltered, FileMissing } from "./Errors.ts"

const ANNOTATION = "brink/file"

const isInside = (path: string): boolean =>
  !/^[/~]|^[A-Za-z]:|\\/.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..")

/** From the folder of `package.json`; one file has one such path. */
const Path = Schema.String.check(
  Schema.makeFilter(isInside, { expected: 'a path inside the project, such as "data/points.csv"' })
)

/** What a stage takes: `takes: { file: ProjectFile.schema }`. Not inside another parameter. */
export const schema = Schema.Struct({
  path: Path,
  /** Of the content; the plan adds it. */
  sha256: Schema.optionalKey(Schema.String)
}).annotate({ [ANNOTATION]: true })
export type ProjectFile = typeof schema.Type

/** What a pipeline gives: the file at a path from the project's folder. */
export const at = (path: string): ProjectFile => ({ path })

export const isFile = (field: Schema.Constraint): boolean => Schema.resolveAnnotations(field)?.[ANNOTATION] === true

/**
 * A graph whose files are known by their content as it is now; each is read once, however many stages take it.
 *
 * Errors  FileMissing
 */
export const resolve = (
  graph: Blueprint,
  digestOf: (path: string) => string | undefined
): Effect.Effect<Blueprint, FileMissing> =>
  Effect.suspend(() => {
    let missing: FileMissing | undefined
    const nodes = graph.nodes.map((node) => {
      if (node.files === undefined) return node
      const params = { ...node.params }
      for (const name of node.files) {
        const { path } = params[name] as unknown as ProjectFile
        const digest = digestOf(path)
        if (digest === undefined) missing ??= new FileMissing({ pipeline: graph.pipeline, stage: node.stage, path })
        else params[name] = { path, sha256: digest }
      }
      return { ...node, params }
    })
    return missing === undefined ? Effect.succeed({ ...graph, nodes }) : Effect.fail(missing)
  })

const isResolved = Schema.is(Schema.Struct({ path: Schema.String, sha256: Schema.String }))

/** The path of a file among parameters that is not what it was when they were resolved, if there is one. */
export const alteredAmong = (
  params: Readonly<Record<string, unknown>>,
  digestOf: (path: string) => string | undefined
): string | undefined =>
  Object.values(params)
    .filter(isResolved)
    .find(({ path, sha256: expected }) => digestOf(path) !== expected)?.path

/**
 * The bytes that the key was made of, for the stage that took the file.
 *
 * Errors  FileAltered where others lie there now, or none
 */
export const read = ({ path, sha256: expected }: ProjectFile): Effect.Effect<Uint8Array, FileAltered> =>
  Effect.gen(function* () {
    const altered = (got: string) => new FileAltered({ path, expected: expected ?? "a file that a plan has seen", got })
    const bytes = yield* Effect.tryPromise({ try: () => readFile(path), catch: (cause) => altered(String(cause)) })
    const got = sha256(bytes)
    return got === expected ? bytes : yield* altered(got)
  })
