/** A project's own data: an edited file runs what depends on it, a touched one nothing, and one that is missing is named. */
import { rmSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Project } from "../support/project.ts"

const own: Readonly<Record<string, string>> = {
  "data/a.csv": "1,2\n3,4\n",
  "data/b.csv": "5,6\n",
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Rows = Artifact.make("Rows", { rows: Schema.Array(Schema.Array(Schema.Finite)) })
export const Total = Artifact.make("Total", { total: Schema.Finite })
`,
  "stages/readCsv.ts": `import * as Effect from "effect/Effect"
import * as ProjectFile from "brink/pipeline/ProjectFile"
import * as Stage from "brink/pipeline/Stage"
import { Rows } from "./artifacts.ts"
export const readCsv = Stage.make("readCsv", {
  takes: { file: ProjectFile.schema },
  makes: Rows,
  run: Effect.fn("readCsv")(function* ({ file }) {
    const text = new TextDecoder().decode(yield* ProjectFile.read(file))
    return { rows: text.trim().split("\\n").map((line) => line.split(",").map(Number)) }
  })
})
`,
  "stages/sum.ts": `import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Rows, Total } from "./artifacts.ts"
export const sum = Stage.make("sum", {
  takes: { data: Rows },
  makes: Total,
  run: ({ data }) => Effect.succeed({ total: data.rows.flat().reduce((a, b) => a + b, 0) })
})
`,
  "pipelines/totals.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as ProjectFile from "brink/pipeline/ProjectFile"
import { readCsv } from "../stages/readCsv.ts"
import { sum } from "../stages/sum.ts"
export default Pipeline.make("totals", {
  params: { other: Schema.String },
  defaults: { other: "data/b.csv" },
  build: ({ other }) => ({
    a: sum({ data: readCsv({ file: ProjectFile.at("data/a.csv") }) }),
    b: sum({ data: readCsv({ file: ProjectFile.at(other) }) })
  })
})
`
}

describe("a file of the project", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject(own)
    const outcome = project.brink("run", "totals")
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    assert.lengthOf(project.executed(outcome), 4)
  })
  afterAll(() => project.remove())

  const rerun = () => project.executed(project.brink("run", "totals"))

  test("that is edited runs what depends on it, and nothing else; why tells the digests", () => {
    project.write("data/a.csv", "1,2\n3,5\n")
    const why = project.brink("why", "readCsv@path=data/a.csv", "-p", "totals").stdout
    assert.match(why, /file\.sha256/)
    assert.deepStrictEqual(rerun(), ["readCsv@path=data/a.csv", "sum@path=data/a.csv"])
  })

  test("that is edited without meaning anything to the stage cuts off what is behind it", () => {
    project.write("data/a.csv", "1,2\n3,5\n\n")
    assert.deepStrictEqual(rerun(), ["readCsv@path=data/a.csv"])
  })

  test("that is touched, or written again as it was, runs nothing", () => {
    utimesSync(join(project.root, "data/a.csv"), 1, 1)
    project.write("data/b.csv", "5,6\n")
    assert.deepStrictEqual(rerun(), [])
    assert.include(project.brink("run", "totals").stderr, "totals is up to date")
    assert.strictEqual(project.brink("plan", "totals", "--check").code, 0)
  })

  test("that is missing ends with 2, and pipeline and path are named (FileMissing)", () => {
    const outcome = project.brink("plan", "totals", "-S", "other=data/c.csv")
    assert.strictEqual(outcome.code, 2)
    assert.include(outcome.stderr, "pipeline totals: stage readCsv takes the file data/c.csv")
    rmSync(join(project.root, "data/b.csv"))
    assert.strictEqual(project.brink("run", "totals").code, 2)
    assert.strictEqual(project.brink("graph", "totals").code, 0)
    project.write("data/b.csv", "5,6\n")
  })

  test("outside of the project is refused, with what would not be (ArgumentInvalid)", () => {
    const outcome = project.brink("plan", "totals", "-S", "other=../c.csv")
    assert.strictEqual(outcome.code, 2)
    assert.include(outcome.stderr, 'readCsv: argument "file"')
    assert.include(outcome.stderr, "a path inside the project")
  })

  test("that has changed since is not taken for the old one: what was made of that cannot be made again", () => {
    project.write("data/a.csv", "7,7\n")
    const outcome = project.brink("verify", "--rerun", "100%", "readCsv@path=data/a.csv")
    assert.include(outcome.stdout + outcome.stderr, "data/a.csv is another file by now")
  })
})
