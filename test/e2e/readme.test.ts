/**
 * The pipeline that the README shows is one: put into a copy of the project with its imports, it compiles, and its plan is what
 * the words around it say.
 */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { copyOfTheProject, type Project, repository } from "../support/project.ts"

const readme = readFileSync(join(repository, "README.md"), "utf8")
const [, shown] = readme.match(/^```ts\n(export default Pipeline\.make\("mnist"[\s\S]*?)^```$/m) ?? []

/** What the page leaves out. */
const imports = [
  'import * as Schema from "effect/Schema"',
  'import * as Pipeline from "../src/pipeline/Pipeline.ts"',
  'import * as Sweep from "../src/pipeline/Sweep.ts"',
  ...readdirSync(join(repository, "stages"))
    .filter((file) => shown?.includes(` ${file.slice(0, -3)}({`))
    .map((file) => `import { ${file.slice(0, -3)} } from "../stages/${file}"`)
]

describe("the README", { timeout: 60_000 }, () => {
  let project: Project

  beforeAll(() => {
    project = copyOfTheProject()
    project.write("pipelines/mnist.ts", `${imports.join("\n")}\n\n${shown}`)
  })
  afterAll(() => project?.remove())

  it("shows a pipeline that compiles", () => {
    const options = readFileSync(join(repository, "tsconfig.json"), "utf8")
    writeFileSync(
      join(project.root, "tsconfig.json"),
      options.replace(/"include": \[.*\]/, '"include": ["pipelines/mnist.ts"]')
    )
    const tsc = join(repository, "node_modules", "typescript", "bin", "tsc")
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--noEmit"], { cwd: project.root, encoding: "utf8" })
    assert.strictEqual(status, 0, stdout)
  })

  it("shows one whose sweep trains at twenty learning rates, and grows by one", () => {
    const stagesOf = (...args: ReadonlyArray<string>) => {
      const { code, stdout, stderr } = project.brink("plan", "mnist", "--json", ...args)
      assert.strictEqual(code, 0, stderr)
      return stdout.split("\n").filter((line) => line.includes('"address":"descend')).length
    }
    assert.strictEqual(stagesOf(), 20)
    assert.strictEqual(stagesOf("-S", "ratio+=1.25"), 21)
  })
})
