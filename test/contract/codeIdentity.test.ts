/**
 * The identity of the code of every real stage of this repository under real edits: what changes nothing that is computed
 * changes no identity, and what does changes those of exactly the stages that reach it.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { bundleStage } from "../../src/pipeline/Fingerprint.ts"
import type { Lockfile } from "../../src/pipeline/Lockfile.ts"
import { repository } from "../support/project.ts"

const lock = JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as Lockfile

const textOf = (path: string): string => readFileSync(join(repository, path), "utf8")
const stages = readdirSync(join(repository, "stages"))
  .map((name) => name.slice(0, -".ts".length))
  .filter((stage) => textOf(`stages/${stage}.ts`).includes(`Stage.make("${stage}"`))
const modules = ["src", "stages"].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))
)

type Identities = ReadonlyMap<string, string>

const identities = async (root: string, packages: Lockfile = lock): Promise<Identities> => {
  const all = new Map<string, string>()
  for (const stage of stages)
    all.set(stage, (await Effect.runPromise(bundleStage(root, packages, stage, []))).code.identity)
  return all
}

describe("the code of this repository's stages", () => {
  const root = mkdtempSync(join(tmpdir(), "brink-identity-"))
  let before: Identities
  beforeAll(async () => {
    for (const name of ["src", "stages", "package.json"])
      cpSync(join(repository, name), join(root, name), { recursive: true })
    symlinkSync(join(repository, "node_modules"), join(root, "node_modules"))
    before = await identities(root)
  })
  afterAll(() => rmSync(root, { recursive: true }))

  const changed = (after: Identities): ReadonlyArray<string> =>
    stages.filter((stage) => after.get(stage) !== before.get(stage))

  /** The stages whose identity is another while files are edited. */
  const changedBy = async (paths: ReadonlyArray<string>, edit: (text: string, path: string) => string) => {
    for (const path of paths) writeFileSync(join(root, path), edit(textOf(path), path))
    try {
      return changed(await identities(root))
    } finally {
      for (const path of paths) writeFileSync(join(root, path), textOf(path))
    }
  }

  test("is the same in another folder", async () => {
    assert.isAbove(stages.length, 10)
    assert.deepStrictEqual(changed(await identities(repository)), [])
  })

  const nothing: Readonly<Record<string, (text: string, path: string) => string>> = {
    "a comment": (text) => `// What was said before.\n${text}// And after.\n`,
    "white space": (text) => text.replaceAll("\nexport const ", "\n\n\nexport    const   "),
    "a type": (text) => `${text}export interface Added { readonly value: number }\n`,
    // What a stage's own file exports is in its bundle.
    "a helper that nobody uses": (text, path) =>
      `${text}${path.startsWith("src") ? "export " : ""}const added = (value: number): number => value + 1\n`
  }
  for (const [what, edit] of Object.entries(nothing)) {
    test(`is the same with ${what} in every file`, async () => {
      assert.deepStrictEqual(await changedBy(modules, edit), [])
    })
  }

  const something: ReadonlyArray<readonly [path: string, from: string, to: string, stages: ReadonlyArray<string>]> = [
    ["stages/tabulate.ts", 'Stage.make("tabulate", {', 'Stage.make("tabulate", { timeout: "1 hours",', []],
    ["src/data/standardize.ts", "/ 255 -", "/ 256 -", ["prepareCifar10", "prepareData"]],
    [
      "src/spectral/tridiagonal.ts",
      "maxIterations = 60",
      "maxIterations = 61",
      ["followFlow", "measure", "measureCurvature", "splitCurvature", "traceSharpness"]
    ],
    [
      "stages/artifacts.ts",
      'Artifact.make("Trace", {',
      'Artifact.make("Trace", { added: Schema.Finite,',
      ["drawTrainingCurves", "traceSharpness"]
    ],
    ["src/models/loss.ts", "0.5", "0.25", ["addBatches", "buildModel"]]
  ]
  for (const [path, from, to, expected] of something) {
    test(`is another for ${expected.join(", ") || "none"} where "${from}" of ${path} becomes "${to}"`, async () => {
      assert.include(textOf(path), from)
      assert.deepStrictEqual(await changedBy([path], (text) => text.replace(from, to)), expected)
    })
  }

  test("is another for those that import a package which is upgraded", async () => {
    const arquero = lock.packages["node_modules/arquero"]!
    const packages = {
      ...lock.packages,
      "node_modules/arquero": { ...arquero, version: "9.0.0", integrity: "sha512-9" }
    }
    assert.deepStrictEqual(changed(await identities(root, { packages })), ["gatherSeeds", "tabulate", "writeReport"])
  })
})
