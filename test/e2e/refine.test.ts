/**
 * Sweeps that go on from what came out: round by round to the place where the outcome changes, each round a plan of its own,
 * found again after a kill; and the limits of the diagonal network, which are known exactly.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { copyOfTheProject, makeProject, type Outcome, type Project } from "../support/project.ts"
import { ended, until } from "./trouble.ts"

/** Whether numbers are above √2, and which to ask next. */
const root: Readonly<Record<string, string>> = {
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Answer = Artifact.make("Answer", { value: Schema.Finite, above: Schema.Boolean })
export const Root = Artifact.make("Root", { below: Schema.Finite, above: Schema.Finite, add: Schema.Array(Schema.Finite) })
`,
  "stages/ask.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Answer } from "./artifacts.ts"
export const ask = Stage.make("ask", {
  takes: { value: Schema.Finite },
  makes: Answer,
  run: ({ value }) => Effect.succeed({ value, above: value * value > 2 })
})
`,
  "stages/close.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
import { brackets, refine } from "brink/pipeline/bracket"
import * as Stage from "brink/pipeline/Stage"
import { Answer, Root } from "./artifacts.ts"
export const close = Stage.make("close", {
  takes: { answers: Artifact.many(Answer), tolerance: Schema.Finite },
  makes: Root,
  run: ({ answers, tolerance }) => Effect.sync(() => {
    const points = answers.map(({ value, above }) => ({ at: value, outcome: above }))
    const [bracket] = brackets(points)
    return { below: bracket!.below.at, above: bracket!.above.at, add: refine(points, { tolerance }) }
  })
})
`,
  "pipelines/root.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as Sweep from "brink/pipeline/Sweep"
import { ask } from "../stages/ask.ts"
import { close } from "../stages/close.ts"
export default Pipeline.make("root", {
  params: { value: Sweep.axis(Schema.Finite), tolerance: Schema.Finite },
  defaults: { value: [1, 2], tolerance: 0.1 },
  refine: { value: { by: "root", rounds: 6 } },
  build: ({ value, tolerance }) => ({ root: close({ answers: value.map((each) => ask({ value: each })), tolerance }) })
})
`
}

const found = (project: Project, pipeline = "root", target = "root") =>
  JSON.parse(readFileSync(join(project.root, "artifacts", "latest", pipeline, target, "value.json"), "utf8"))
const rounds = ({ stderr }: Outcome): ReadonlyArray<string> => stderr.split("\n").filter((line) => /^round/.test(line))
const asked = (project: Project, outcome: Outcome) =>
  project.executed(outcome).filter((address) => address.startsWith("ask"))

describe("a sweep that is refined", () => {
  const projects: Array<Project> = []
  const fresh = (): Project => {
    const project = makeProject(root)
    projects.push(project)
    return project
  }
  afterAll(() => {
    for (const project of projects) project.remove()
  })

  it("a collection that keeps one run keeps what all of its rounds went on from", () => {
    const project = fresh()
    project.brink("run", "root")
    // What the first takes into the trash would come back from there; the second deletes it.
    for (const _ of [1, 2]) assert.strictEqual(project.brink("gc", "--keep-runs", "1", "--grace", "0").code, 0)
    const again = project.brink("run", "root")
    assert.match(again.stderr, /root is up to date: 7 stages, nothing to run/)
    assert.deepStrictEqual(project.executed(again), [])
  })

  it("adds a cell where the outcome changes, round by round, and nothing runs twice", () => {
    const project = fresh()
    const outcome = project.brink("run", "root")
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    assert.deepStrictEqual(rounds(outcome), [
      "round 2 of at most 6: value 1.5",
      "round 3 of at most 6: value 1.25",
      "round 4 of at most 6: value 1.38",
      "round 5 of at most 6: value 1.44"
    ])
    assert.deepStrictEqual(
      asked(project, outcome),
      [1, 2, 1.25, 1.38, 1.44, 1.5].map((value) => `ask@value=${value}`).sort()
    )
    assert.deepStrictEqual(found(project), { below: 1.38, above: 1.44, add: [] })
    assert.strictEqual(project.brink("runs").stdout.trimEnd().split("\n").length, 5)

    const again = project.brink("run", "root")
    assert.include(again.stderr, "root is up to date: 7 stages, nothing to run")
    assert.strictEqual(project.brink("plan", "root", "--check").code, 0)
    assert.include(project.brink("show", "ask@value=1.44").stdout, '"value": 1.44')

    const closer = project.brink("run", "root", "-S", "tolerance=0.05")
    assert.deepStrictEqual(asked(project, closer), ["ask@value=1.41"])
    assert.deepStrictEqual(found(project), { below: 1.41, above: 1.44, add: [] })
  })

  it("starts where it is told to, and says so where its rounds are used up", () => {
    const project = fresh()
    const outcome = project.brink("run", "root", "-S", "value=0,4", "-S", "tolerance=0.001")
    assert.strictEqual(rounds(outcome).length, 5)
    assert.match(outcome.stderr, /the last of 6 rounds: another would add value [\d.]+\n/)
    const { below, above, add } = found(project)
    assert.isTrue(below < Math.SQRT2 && Math.SQRT2 < above && add.length === 1)
  })

  it("goes on in the round it was in after kills, to the same end", async () => {
    const whole = fresh()
    assert.strictEqual(whole.brink("run", "root", "-S", "tolerance=0.02").code, 0)
    const project = fresh()
    let started = 0
    for (let kill = 0; kill < 2; kill++) {
      const child = project.start("run", "root", "-S", "tolerance=0.02", "-j", "1")
      let text = ""
      child.stderr!.on("data", (chunk: Buffer) => {
        text += chunk
      })
      await until(() => (text.match(/^done {2}close/gm) ?? []).length > 0 || child.exitCode !== null)
      child.kill("SIGKILL")
      await ended(child)
      started += (text.match(/^done {2}close/gm) ?? []).length
    }
    assert.isAtLeast(started, 2)
    const last = project.brink("run", "root", "-S", "tolerance=0.02")
    assert.strictEqual(last.code, 0, last.stderr)
    assert.match(last.stderr, /^round [3-6] of at most 6\n|up to date/)
    assert.deepStrictEqual(found(project), found(whole))
  })

  it("plans the round that it has come to, and forces the first one only once", () => {
    const project = fresh()
    project.brink("run", "root")
    project.edit("stages/close.ts", "above: bracket!.above.at", "above: bracket!.above.at + 0")
    const plan = project.brink("plan", "root").stdout
    assert.match(plan, /run +close +code/)
    assert.match(plan, /root: 3 stages: 2 hit, 1 run/)
    const outcome = project.brink("run", "root", "-f", "ask@value=1")
    assert.deepStrictEqual(asked(project, outcome), ["ask@value=1"])
    assert.strictEqual(rounds(outcome).length, 4)
  })
})

describe("the limits of the diagonal network", { timeout: 120_000 }, () => {
  let project: Project
  beforeAll(() => {
    project = copyOfTheProject()
  })
  afterAll(() => project?.remove())

  it("are found where they are known to be: the break at η_c, divergence at η = 1/2", () => {
    const outcome = project.brink("run", "limits", "-S", "tolerance=0.05", "-S", "ratio=0.9,1.1,1.9,2.1")
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    const { changes } = found(project, "limits", "limits")
    assert.deepStrictEqual(
      changes.map(({ from, to }: { from: string; to: string }) => [from, to]),
      [
        ["flow", "edge"],
        ["edge", "diverged"]
      ]
    )
    const [leaves, diverges] = changes
    assert.isTrue(
      leaves.below < 1.0017 && 1.0017 < leaves.above && leaves.above - leaves.below < 0.051,
      JSON.stringify(leaves)
    )
    assert.isTrue(diverges.rateBelow <= 0.5 && 0.5 <= diverges.rateAbove, JSON.stringify(diverges))
    assert.isAtMost(diverges.above - diverges.below, 0.051)
    assert.include(
      project.brink("run", "limits", "-S", "tolerance=0.05", "-S", "ratio=0.9,1.1,1.9,2.1").stderr,
      "limits is up to date"
    )
  })
})
