/**
 * Training that is killed again and again: what it makes in the end is what it makes uninterrupted, bit for bit, and nothing
 * that was finished runs twice.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { drawer } from "../support/draw.ts"
import { makeProject, type Project } from "../support/project.ts"
import { childrenOf, end, ended, gone, until } from "./trouble.ts"

/**
 * A sum over steps of ten milliseconds each, in floats whose order matters, with a checkpoint at every step. The two of
 * them begin together, however late a busy machine starts one.
 */
const counting: Readonly<Record<string, string>> = {
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Sum = Artifact.make("Sum", { sum: Schema.Finite, steps: Schema.Int })
export const Saved = Artifact.make("Saved", { step: Schema.Int, sum: Schema.Finite })
`,
  "stages/begin.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Sum } from "./artifacts.ts"
export const begin = Stage.make("begin", { takes: { value: Schema.Finite }, makes: Sum, run: ({ value }) => Effect.succeed({ sum: value, steps: 0 }) })
`,
  "stages/count.ts": `import { appendFileSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Checkpoint } from "brink/pipeline/Checkpoint"
import { Progress } from "brink/pipeline/Progress"
import * as Stage from "brink/pipeline/Stage"
import { Saved, Sum } from "./artifacts.ts"
export const count = Stage.make("count", {
  takes: { start: Sum, steps: Schema.Int, rate: Schema.Finite },
  makes: Sum,
  extends: ["steps"],
  run: Effect.fn("count")(function*({ start, steps, rate }) {
    const checkpoint = yield* Checkpoint
    const progress = yield* Progress
    const states = (yield* checkpoint.restore(Saved)).filter((state) => state.step <= steps)
    let { step, sum } = states.sort((a, b) => b.step - a.step)[0] ?? { step: 0, sum: start.sum }
    appendFileSync("steps.log", \`\${rate} from \${step}\\n\`)
    while (!readFileSync("steps.log", "utf8").includes(\`\${3 - rate} from \`)) yield* Effect.sleep("10 millis")
    while (step < steps) {
      yield* Effect.sleep("10 millis")
      sum += Math.sin(sum * rate + step)
      step++
      yield* progress.report({ steps: step, fraction: step / steps })
      yield* checkpoint.offer(Saved, () => ({ step, sum }))
    }
    yield* checkpoint.leave(Saved, { step, sum })
    return { sum, steps }
  })
})
`,
  "pipelines/count.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import { begin } from "../stages/begin.ts"
import { count } from "../stages/count.ts"
export default Pipeline.make("count", {
  params: { steps: Schema.Int },
  defaults: { steps: 160 },
  build: ({ steps }) => {
    const start = begin({ value: 0.1 })
    return { one: count({ start, steps, rate: 1 }), two: count({ start, steps, rate: 2 }) }
  }
})
`
}

const ROUNDS = 6
const SEED = 11
const args = ["run", "count", "--checkpoint-interval", "0", "-j", "2"]

/** Collects all that the last run does not need, however young. */
const collect = (project: Project) => project.brink("gc", "--grace", "0", "--keep-runs", "1")

/** Digests of what the targets are. */
const outputs = (project: Project): ReadonlyArray<unknown> =>
  ["one", "two"].map((name) => {
    const { result, manifest } = JSON.parse(project.brink("show", name, "--pipeline", "count").stdout)
    return { digest: result.output.digest, value: manifest.value, resumed: result.resumed }
  })

/** Digests of what the targets are under a setting. */
const sums = (project: Project, setting: string): ReadonlyArray<string> =>
  ["one", "two"].map(
    (name) =>
      JSON.parse(project.brink("show", name, "--pipeline", "count", "--set", setting).stdout).result.output.digest
  )

/** Address → how often a run said that it was finished. */
const finishedIn = (project: Project): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  const runs = join(project.root, "artifacts", "runs")
  for (const run of readdirSync(runs)) {
    for (const name of readdirSync(join(runs, run)).filter((file) => file.startsWith("events."))) {
      for (const line of readFileSync(join(runs, run, name), "utf8")
        .trimEnd()
        .split("\n")) {
        const event = JSON.parse(line)
        if (event.type === "action-finished") counts.set(event.address, (counts.get(event.address) ?? 0) + 1)
      }
    }
  }
  return counts
}

/** How many states were saved of the training that is furthest, once both have saved one: their names count them. */
const savedSteps = (project: Project): number => {
  const folder = join(project.root, "artifacts", "ckpt")
  if (!existsSync(folder)) return 0
  const counts = readdirSync(folder).map((key) =>
    Math.max(
      0,
      ...readdirSync(join(folder, key))
        .map((name) => Number(name.split(".")[1]))
        .filter(Number.isInteger)
    )
  )
  return counts.length < 2 ? 0 : Math.max(...counts)
}

/** The steps at which the stage began, in the order of time. */
const beginnings = (project: Project, rate: number): ReadonlyArray<number> =>
  !existsSync(join(project.root, "steps.log"))
    ? []
    : readFileSync(join(project.root, "steps.log"), "utf8")
        .split("\n")
        .flatMap((line) => (line.startsWith(`${rate} from `) ? [Number(line.split(" ").at(-1))] : []))

describe("a training that is interrupted", () => {
  let whole: Project
  let expected: ReadonlyArray<unknown>
  const projects: Array<Project> = []
  const fresh = (): Project => {
    const project = makeProject(counting)
    projects.push(project)
    return project
  }
  beforeAll(() => {
    whole = fresh()
    const outcome = whole.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    expected = outputs(whole)
    assert.deepStrictEqual(beginnings(whole, 1), [0])
  })
  afterAll(() => {
    for (const project of projects) project.remove()
  })
  const unlessResumed = (all: ReadonlyArray<unknown>) => all.map((one) => ({ ...(one as object), resumed: undefined }))

  test("by kill -9 of the controller and of its workers, again and again, ends with the same bits", async () => {
    const project = fresh()
    const draw = drawer(SEED)
    const left: Array<number> = []
    for (let round = 0; round < ROUNDS; round++) {
      const child = project.start(...args)
      const reached = 1 + savedSteps(project) + draw.index(12)
      await until(() => savedSteps(project) >= reached || child.exitCode !== null)
      assert.isNull(child.exitCode, `seed ${SEED}, round ${round}: it ended before it could be killed`)
      const workers = childrenOf(child.pid!)
      if (round % 3 === 0) end(workers)
      else if (round % 3 === 1) end([child.pid!])
      else end([child.pid!, ...workers])
      await ended(child)
      left.push(...workers)
    }
    // The next controller did not wait for them: they may still have been saving when it began.
    assert.isTrue(await gone(left, 10_000), `seed ${SEED}: a worker goes on without its controller`)
    assert.include(project.brink("status").stdout, "nothing is running")
    const last = project.brink(...args)
    assert.strictEqual(last.code, 0, last.stderr)
    assert.deepStrictEqual(unlessResumed(outputs(project)), unlessResumed(expected), `seed ${SEED}`)
    assert.isTrue(
      [...finishedIn(project).values()].every((times) => times === 1),
      "something that was finished ran again"
    )
    for (const rate of [1, 2]) {
      const steps = beginnings(project, rate)
      assert.deepStrictEqual(
        [...steps],
        [...steps].sort((a, b) => a - b),
        `seed ${SEED}: it fell back`
      )
      assert.isAbove(steps.at(-1)!, 0, `seed ${SEED}: it never resumed`)
    }
    assert.match(last.stderr, /^done {2}count@rate=1 .*\(resumed\)$/m)
    const families = join(project.root, "artifacts", "ckpt")
    for (const family of readdirSync(families))
      assert.strictEqual(readdirSync(join(families, family)).filter((name) => !name.startsWith(".tmp")).length, 1)
  })

  test("by Ctrl-C saves its last step, and goes on from there", async () => {
    const project = fresh()
    const child = project.start("run", "count", "-j", "2", "--checkpoint-interval", "600")
    assert.isTrue(await until(() => beginnings(project, 1).length > 0 && beginnings(project, 2).length > 0))
    child.kill("SIGINT")
    assert.strictEqual(await ended(child), 130)
    const again = project.brink(...args)
    assert.strictEqual(again.code, 0, again.stderr)
    assert.deepStrictEqual(unlessResumed(outputs(project)), unlessResumed(expected))
    assert.strictEqual(beginnings(project, 1).length, 2)
    assert.isAbove(beginnings(project, 1).at(-1)!, 0)
    assert.strictEqual(finishedIn(project).get("begin"), 1)
  })

  test("loses nothing to collections while it runs, nor between its end and its resumption", async () => {
    const project = fresh()
    const child = project.start(...args)
    await until(() => savedSteps(project) >= 5 || child.exitCode !== null)
    assert.strictEqual(collect(project).code, 0)
    await until(() => savedSteps(project) >= 10 || child.exitCode !== null)
    const workers = childrenOf(child.pid!)
    end([child.pid!, ...workers])
    await ended(child)
    assert.isTrue(await gone(workers, 10_000))
    for (let i = 0; i < 3; i++) assert.strictEqual(collect(project).code, 0)
    const last = project.brink(...args)
    assert.strictEqual(last.code, 0, last.stderr)
    assert.deepStrictEqual(unlessResumed(outputs(project)), unlessResumed(expected))
    for (const rate of [1, 2]) assert.isAbove(beginnings(project, rate).at(-1)!, 0, "it never resumed")
    assert.strictEqual(finishedIn(project).get("begin"), 1, "what was finished ran again")
  })

  test("goes on where a shorter one ended, also after collections, to the bits of one from the beginning", () => {
    const longer = ["run", "count", "--set", "steps=200"]
    const before = beginnings(whole, 1).length
    for (let i = 0; i < 2; i++) assert.strictEqual(collect(whole).code, 0)
    assert.strictEqual(whole.brink(...longer).code, 0)
    assert.deepStrictEqual(beginnings(whole, 1).slice(before), [160])
    const scratch = fresh()
    assert.strictEqual(scratch.brink(...longer).code, 0)
    assert.deepStrictEqual(beginnings(scratch, 1), [0])
    const digests = (project: Project) => sums(project, "steps=200")
    assert.deepStrictEqual(digests(whole), digests(scratch))
  })

  test("begins anew, not from its own last state, once its result is invalidated", () => {
    const before = beginnings(whole, 1).length
    const { output } = JSON.parse(whole.brink("show", "one", "--pipeline", "count").stdout).result
    assert.strictEqual(whole.brink("invalidate", "count@rate=1", "--because", "it was too hot").code, 0)
    assert.strictEqual(whole.brink(...args).code, 0)
    assert.deepStrictEqual(beginnings(whole, 1).slice(before), [0])
    assert.deepStrictEqual(JSON.parse(whole.brink("show", "one", "--pipeline", "count").stdout).result.output, output)
  })

  test("begins anew where it is forced", () => {
    const before = beginnings(whole, 1).length
    assert.strictEqual(whole.brink(...args, "--force", "count@rate=1").code, 0)
    assert.deepStrictEqual(beginnings(whole, 1).slice(before), [0])
  })

  test("never goes on from a state that lies behind its end, or of other parameters", () => {
    const before = beginnings(whole, 1).length
    assert.strictEqual(whole.brink(...args, "--set", "steps=5").code, 0)
    assert.deepStrictEqual(beginnings(whole, 1).slice(before), [0])
  })

  test("beside a second controller on the same store is done once, for both", async () => {
    const project = fresh()
    const controllers = [project.start(...args), project.start(...args)]
    assert.deepStrictEqual(await Promise.all(controllers.map(ended)), [0, 0])
    assert.deepStrictEqual(unlessResumed(outputs(project)), unlessResumed(expected))
    for (const rate of [1, 2]) assert.strictEqual(beginnings(project, rate).length, 1)
  })
})
