/** A file of the project as a parameter: named by its path, known by its content, read as the plan saw it or not at all. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "../../../src/pipeline/Artifact.ts"
import { sha256 } from "../../../src/pipeline/canonical.ts"
import { decode, encode } from "../../../src/pipeline/compactBlueprint.ts"
import { ArgumentInvalid } from "../../../src/pipeline/Errors.ts"
import * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import * as ProjectFile from "../../../src/pipeline/ProjectFile.ts"
import * as Stage from "../../../src/pipeline/Stage.ts"

const Text = Artifact.make("Text", { text: Schema.String })
const load = Stage.make("load", {
  takes: { file: ProjectFile.schema, width: Schema.Int },
  makes: Text,
  run: () => Effect.succeed({ text: "" })
})
const join_ = Stage.make("join", {
  takes: { all: Artifact.many(Text) },
  makes: Text,
  run: () => Effect.succeed({ text: "" })
})
const pipelineOf = (paths: ReadonlyArray<string>) =>
  Pipeline.make("texts", {
    params: {},
    defaults: {},
    build: () => ({
      all: join_({ all: paths.map((path, width) => load({ file: ProjectFile.at(path), width })) })
    })
  }).blueprint({})

const refusalOf = (path: string): unknown => {
  try {
    pipelineOf([path])
    return undefined
  } catch (cause) {
    return cause
  }
}

describe("a file that a pipeline takes", () => {
  it.effect("has the digest of its content in the parameters of every stage that takes it, and in no other's", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const graph = decode(JSON.parse(JSON.stringify(encode(pipelineOf(["a.csv", "data/b.csv"])))))
      const resolved = yield* ProjectFile.resolve(graph, (path) => {
        asked.push(path)
        return `digest of ${path}`
      })
      const files = resolved.nodes.map(({ params }) => params["file"])
      assert.deepStrictEqual(files, [
        { path: "a.csv", sha256: "digest of a.csv" },
        { path: "data/b.csv", sha256: "digest of data/b.csv" },
        undefined
      ])
      assert.deepStrictEqual(asked, ["a.csv", "data/b.csv"])
      assert.deepStrictEqual(resolved.nodes[2], graph.nodes[2])
      assert.deepStrictEqual(resolved.addresses, graph.addresses)
    })
  )

  it.effect("is refused where it is missing, with the pipeline and the path (FileMissing)", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ProjectFile.resolve(pipelineOf(["data/gone.csv"]), () => undefined))
      assert.strictEqual(error._tag, "FileMissing")
      assert.include(error.message, "pipeline texts: stage load takes the file data/gone.csv")
    })
  )

  it("has one path, inside the project (ArgumentInvalid)", () => {
    for (const path of [
      "/etc/passwd",
      "../other/a.csv",
      "./a.csv",
      "a//b.csv",
      "a/../b.csv",
      "",
      "C:/a.csv",
      "a\\b",
      "~/a"
    ]) {
      const refusal = refusalOf(path)
      assert.instanceOf(refusal, ArgumentInvalid, path)
      assert.include((refusal as Error).message, "a path inside the project", path)
    }
    assert.isUndefined(refusalOf("data/..a/b c.csv"))
  })

  it.effect("costs a plan of ten thousand stages next to nothing", () =>
    Effect.gen(function* () {
      const graph = pipelineOf(["a.csv"])
      const [loads, ...rest] = graph.nodes
      const many = Array.from({ length: 10_000 }, (_, i) => ({ ...rest[0]!, id: String(i) }))
      const started = performance.now()
      const resolved = yield* ProjectFile.resolve({ ...graph, nodes: [loads!, ...many] }, () => "d")
      assert.isBelow(performance.now() - started, 50)
      assert.strictEqual(resolved.nodes[5000], many[4999])
    })
  )
})

describe("reading it", () => {
  it.effect("gives the bytes that the key was made of, and refuses any others (FileAltered)", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "brink-file-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const path = relative(process.cwd(), join(folder, "a.csv"))
      writeFileSync(path, "1,2\n")
      const file = { path, sha256: sha256("1,2\n") }
      assert.strictEqual(new TextDecoder().decode(yield* ProjectFile.read(file)), "1,2\n")
      writeFileSync(path, "1,3\n")
      const altered = yield* Effect.flip(ProjectFile.read(file))
      assert.strictEqual(altered._tag, "FileAltered")
      assert.include(altered.message, sha256("1,3\n"))
      rmSync(path)
      assert.include((yield* Effect.flip(ProjectFile.read(file))).message, "ENOENT")
      assert.include((yield* Effect.flip(ProjectFile.read({ path }))).message, "a file that a plan has seen")
    })
  )
})
