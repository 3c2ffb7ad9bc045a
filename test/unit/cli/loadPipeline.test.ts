/** A pipeline is loaded from its bundle, and from its file where there is no bundle or it does not work. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { sweepProject } from "../../../bench/pipeline/sweepProject.ts"

describe("loadPipeline", () => {
  const project = sweepProject(3)
  afterAll(() => project.remove())
  const folder = join(project.root, ".brink", "pipelines")
  const bundles = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".mjs")) : [])
  const plan = (offset: number): string => project.brink("plan", "sweep", "--set", `offset=${offset}`, "--json").stdout
  const pipeline = join(project.root, "pipelines", "sweep.ts")
  const source = readFileSync(pipeline, "utf8")

  it("a bundle gives the graph that the file gives, and is made again only when a source changed", () => {
    const first = plan(0)
    const [bundle] = bundles()
    assert.strictEqual(bundles().length, 1)
    assert.include(plan(1), '"address":"scale@factor=0"')
    assert.deepStrictEqual(bundles(), [bundle])
    writeFileSync(
      pipeline,
      source.replace("import * as Schema", "const folder = import.meta.dirname\nimport * as Schema")
    )
    // An unused constant is dropped from the bundle, so the file is still bundled.
    assert.strictEqual(plan(0), first)
    writeFileSync(
      pipeline,
      source.replace(
        "cells, offset }) => {",
        "cells, offset }) => {\n    if (import.meta.dirname === undefined) throw new Error()"
      )
    )
    assert.strictEqual(plan(0), first)
    assert.include(readFileSync(join(folder, "sweep.json"), "utf8"), '"bundle":null')
    assert.deepStrictEqual(bundles(), [], "one that is of no use is not kept")
    writeFileSync(pipeline, source)
  })

  it("a bundle that was altered is not used", () => {
    const expected = plan(2)
    for (const name of bundles()) writeFileSync(join(folder, name), 'throw new Error("altered")')
    project.write(".brink/blueprints/sweep.json", "")
    assert.strictEqual(plan(2), expected)
  })

  it("a stage that is called otherwise than its file is refused: another file would run (StageUnreadable)", () => {
    const scale = readFileSync(join(project.root, "stages", "scale.ts"), "utf8")
    project.write("stages/scaleTwice.ts", scale.replace("export const scale ", "export const scaleTwice "))
    writeFileSync(
      pipeline,
      source.replace(
        'import { scale } from "../stages/scale.ts"',
        'import { scaleTwice as scale } from "../stages/scaleTwice.ts"'
      )
    )
    const { stderr, code } = project.brink("plan", "sweep")
    assert.strictEqual(code, 2)
    assert.include(stderr, "stage scale has no readable code in stages/scaleTwice.ts: what runs is stages/scale.ts.")
    writeFileSync(pipeline, source)
    assert.strictEqual(project.brink("plan", "sweep").code, 0)
  })

  it("what a pipeline throws is told with the line of its file", () => {
    writeFileSync(
      pipeline,
      source.replace("cells, offset }) => {", 'cells, offset }) => {\n    throw new Error("no cells")')
    )
    const { stderr, code } = project.brink("plan", "sweep")
    assert.strictEqual(code, 2)
    assert.include(stderr, "no cells")
    assert.match(stderr, /pipelines\/sweep\.ts:\d+/)
  })
})
