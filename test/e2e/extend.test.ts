/** A lower threshold, through the real command line: what went to the higher one goes on from there. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { copyOfTheProject, type Project } from "../support/project.ts"

/** It starts where it is sharpest, so that the critical rate does not depend on how far the flow goes. */
const pipeline = `import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Pipeline from "../src/pipeline/Pipeline.ts"
import { buildModel } from "../stages/buildModel.ts"
import { descend } from "../stages/descend.ts"
import { findCriticalRate } from "../stages/findCriticalRate.ts"
import { followFlow } from "../stages/followFlow.ts"
import { initialise } from "../stages/initialise.ts"
import { prepareData } from "../stages/prepareData.ts"
export default Pipeline.make("far", {
  params: { threshold: Numbers.Positive },
  defaults: { threshold: 1e-3 },
  build: ({ threshold }) => {
    const data = prepareData({ source: { kind: "point" } })
    const model = buildModel({ data, architecture: { kind: "diagonal", scale: 1.2 }, loss: "mse", dtype: "float64" })
    const start = initialise({ model, seed: 0 })
    const flow = followFlow({ data, model, start, threshold, alpha: 0.5, measureEvery: 1, maxSteps: 10_000, tolerance: 1e-6 })
    const critical = findCriticalRate({ flow })
    const steps = { data, model, start, critical, threshold, maxSteps: 100_000, snapshotSteps: [] }
    return { slow: descend({ ...steps, ratio: 0.1 }), fast: descend({ ...steps, ratio: 0.5 }) }
  }
})
`

describe("a lower threshold", { timeout: 120_000 }, () => {
  let project: Project
  beforeAll(() => {
    project = copyOfTheProject()
    project.write("pipelines/far.ts", pipeline)
  })
  afterAll(() => project?.remove())

  it("goes on from where the higher one ended, where the critical rate is the same", () => {
    const first = project.brink("run", "far")
    assert.strictEqual(first.code, 0, first.stderr)
    assert.notInclude(first.stderr, "(resumed)")
    const further = project.brink("run", "far", "-S", "threshold=1e-8")
    assert.strictEqual(further.code, 0, further.stderr)
    const resumed = further.stderr.split("\n").filter((line) => line.includes("(resumed)"))
    assert.deepStrictEqual(resumed.map((line) => line.split(/\s+/)[1]).sort(), [
      "descend@ratio=0.1",
      "descend@ratio=0.5",
      "followFlow"
    ])
  })
})
