/** What goes wrong, through the real command line: which exit code, and what the message tells to do. */
import { type StdioOptions, spawnSync } from "node:child_process"
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Project, repository, sweptOver } from "../support/project.ts"
import { filesIn, mountedFolder, trouble } from "./trouble.ts"

const broken: Readonly<Record<string, string>> = {
  "pipelines/garbled.ts": "export default no { pipeline",
  "pipelines/throws.ts": `import { trouble } from "../stages/trouble.ts"
throw new RangeError("while it was loaded" + trouble.stage)`,
  "pipelines/three.ts": "export default 3",
  "pipelines/builds.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as Stage from "brink/pipeline/Stage"
import { draw } from "../stages/draw.ts"
import { Numbers } from "../stages/artifacts.ts"
import * as Effect from "effect/Effect"
import { builtin } from "../stages/builtin.ts"
class Mine extends Schema.TaggedError<Mine>()("Mine", { x: Schema.String }) {}
const homeless = Stage.make("homeless", { takes: {}, makes: Numbers, run: () => Effect.succeed({ values: [] }) })
export default Pipeline.make("builds", {
  params: { how: Schema.String },
  defaults: { how: "well" },
  build: ({ how }) => {
    if (how === "error") throw new Error("while it was built")
    if (how === "tagged") throw new Mine({ x: "its own error" })
    if (how === "argument") return { a: draw({ seed: "one" as never }) }
    if (how === "number") return { a: draw({ seed: Number.NaN as never }) }
    if (how === "homeless") return { a: homeless({}) }
    if (how === "builtin") return { a: builtin({}) }
    return { a: draw({ seed: 1 }) }
  }
})
`,
  "pipelines/renamed.ts": `import * as Pipeline from "brink/pipeline/Pipeline"
import { draw } from "../stages/draw.ts"
export default Pipeline.make("another name", { params: {}, defaults: {}, build: () => ({ a: draw({ seed: 1 }) }) })
`,
  "stages/builtin.ts": `import * as os from "os"
import * as Effect from "effect/Effect"
import * as Stage from "brink/pipeline/Stage"
import { Numbers } from "./artifacts.ts"
export const builtin = Stage.make("builtin", { takes: {}, makes: Numbers, run: () => Effect.succeed({ values: [os.EOL.length] }) })
`
}

describe("errors", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject({
      ...trouble,
      ...broken,
      "pipelines/swept.ts": sweptOver("[1, 2]"),
      "pipelines/twice.ts": sweptOver("Sweep.steps(0, 1, 0)")
    })
    const first = project.brink("run", "trouble")
    assert.strictEqual(first.code, 0, first.stderr)
  })
  afterAll(() => project.remove())

  /** Runs it: the code, what the message says, and what it must not say. */
  const expectError = (
    args: string,
    code: number,
    says: ReadonlyArray<string>,
    not: ReadonlyArray<string> = ["bug"]
  ) => {
    const outcome = project.brink(...args.split(" "))
    assert.strictEqual(outcome.code, code, outcome.stderr)
    for (const part of says) assert.include(outcome.stderr, part)
    for (const part of not) assert.notInclude(outcome.stderr, part)
    return outcome
  }

  test("a pipeline that does not exist ends with 2, and the nearest name (UnknownPipeline)", () => {
    expectError("run troubel", 2, ['no pipeline "troubel"', "Did you mean trouble?", "it holds builds, garbled,"])
  })

  test("a setting that does not decode, or that there is none of, ends with 2 (ParameterInvalid)", () => {
    expectError("run trouble --set size=x", 2, ['parameter "size" of pipeline trouble', 'got "x"', "mode, size"])
    expectError("run trouble --set sise=1", 2, ['parameter "sise"', "expected a parameter that it has", "mode, size"])
  })

  test("an axis that there cannot be, or a list for what is no axis, ends with 2 (SweepInvalid, ParameterInvalid)", () => {
    expectError("plan swept -S seed=1,2,1", 2, [
      'axis "seed" of pipeline swept: expected every value once, got 1 twice'
    ])
    expectError("run swept -S seed=range(0)", 2, ["range(0): expected a count from 1"])
    expectError("graph swept -S sede=1,2", 2, ["expected a parameter that it has", "Did you mean seed?"])
    expectError("run swept -S seed=1,x", 2, ['expected number as "x"'])
    expectError("plan trouble -S size=1,2", 2, ["expected number, one value, as it is no axis of a sweep"])
    expectError("plan twice", 2, ["steps(0, 1, 0): expected a step above 0, got 0"])
  })

  test("a pipeline file that throws, or is none, ends with 2 and where it threw (PipelineInvalid)", () => {
    expectError("run throws", 2, [
      "pipelines/throws.ts is not a pipeline",
      "while it was loaded",
      "pipelines/throws.ts:2"
    ])
    for (const pipeline of ["throws", "builds --set how=error", "garbled"])
      assert.notMatch(
        project.brink("run", ...pipeline.split(" ")).stderr,
        /node:internal|src\/(cli|pipeline)\//,
        pipeline
      )
    expectError("run three", 2, ["pipelines/three.ts is not a pipeline", "its default export is not Pipeline.make"])
    expectError("run builds --set how=error", 2, ["while it was built", "pipelines/builds.ts:"])
  })

  test("an error of the pipeline's own, thrown by its build, is the pipeline's and no bug (PipelineInvalid)", () => {
    expectError("run builds --set how=tagged", 2, ["pipelines/builds.ts is not a pipeline", "Mine"])
  })

  test("arguments that the types would refuse end with 2 (ArgumentInvalid)", () => {
    expectError("run builds --set how=argument", 2, ['draw: argument "seed" should be', ", got "])
    expectError("run builds --set how=number", 2, ['draw: argument "seed" should be'])
  })

  test("a stage without a file ends with 2, and says so (StageUnreadable)", () => {
    expectError(
      "run builds --set how=homeless",
      2,
      ["stage homeless", "stages/homeless.ts", "One stage is one file"],
      ["marked as external"]
    )
  })

  test("a module of Node needs no entry in the lockfile, whether node: is before it or not", () => {
    const outcome = project.brink("run", "builds", "--set", "how=builtin")
    assert.strictEqual(outcome.code, 0, outcome.stderr)
  })

  test("a pipeline of another name than its file is refused, since its history could not be found", () => {
    expectError("plan renamed", 2, ["pipelines/renamed.ts", "another name"])
  })

  test("an address or target that does not exist ends with 2, and near names (UnknownAddress)", () => {
    expectError("run trouble totl", 2, ['"totl"', "Did you mean total?", "brink plan"])
    expectError("why troble --pipeline trouble", 2, ['"troble"', "Did you mean trouble?"])
    expectError("logs wegh", 2, ['"wegh"', "Did you mean weigh?"])
  })

  test("a target with a name that every object has is as unknown as any (UnknownAddress)", () => {
    expectError("run trouble constructor", 2, ['"constructor"'])
  })

  test("a name that is no run, key, digest or address ends with 2 (NotFound, UnknownAddress)", () => {
    expectError("show 00000000", 2, ['begins with "00000000"', "at least four digits"])
    expectError("show no-such-thing --pipeline trouble", 2, ['"no-such-thing"'])
  })

  const wrongCalls: ReadonlyArray<readonly [string, string]> = [
    ["run trouble --forc draw", "there is no flag --forc. Did you mean --force?"],
    ["run", "the argument <pipeline> is missing."],
    ["bogus", 'there is no command "bogus".'],
    ["run trouble -j0", '--jobs: expected a whole number, 1 or more, got "0".']
  ]
  for (const [args, says] of wrongCalls) {
    test(`a wrong call, "brink ${args}", ends with 2, says what is wrong in a line, and where to read on`, () => {
      const { stdout, stderr } = expectError(args, 2, [says])
      const verb = args.startsWith("bogus") ? "" : ` ${args.split(" ")[0]}`
      assert.strictEqual(stdout, "")
      assert.match(stderr, new RegExp(`^brink: .*\\nSee brink${verb} --help\\.\\n$`))
    })
  }

  const failing: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
    ["fails", "fail", ["trouble failed with Broken: the pump is broken", "brink logs trouble"]],
    ["throws", "throw", ["trouble failed with TypeError: thrown in plain code (stages/trouble.ts:"]],
    ["returns what does not fit", "wrong", ["failed with ArtifactUnencodable", "Numbers", 'field "values"']],
    ["fails with a tag of the framework's", "mimic", ["trouble failed with ArtifactMissing: its own"]],
    ["fails with a field that JSON cannot hold", "bigint", ["trouble failed with Error: too big"]],
    ["kills itself (WorkerDied)", "kill", ["the worker of trouble died (SIGKILL)", "checkpoint is kept"]],
    ["exits (WorkerDied)", "exit", ["the worker of trouble died (exit code 9)"]]
  ]
  for (const [what, mode, says] of failing) {
    test(`a stage that ${what} ends with 1, and what is behind it is skipped`, () => {
      const { stderr } = expectError(`run trouble --set mode=${mode}`, 1, [
        ...says,
        "4 hit, 0 ran, 1 failed, 1 skipped"
      ])
      assert.match(stderr, /^FAIL {2}trouble {3}\w+: /m)
      if (mode === "kill" || mode === "exit") assert.match(stderr, /^FAIL {2}trouble {3}WorkerDied: /m)
      assert.include(project.brink("logs", "trouble").stdout, `trouble with ${mode}`)
    })
  }

  test("with -k everything else runs, and the code is 1 still (StageFailed)", () => {
    const store = join(project.root, "kept")
    const outcome = project.brink("run", "trouble", "--set", "mode=fail", "-k", "--store", store)
    assert.strictEqual(outcome.code, 1)
    assert.deepStrictEqual(project.executed(outcome), ["draw", "fill", "square", "weigh"])
    assert.deepStrictEqual(project.executed(project.brink("run", "trouble", "--store", store)), ["sum", "trouble"])
  })

  test("a store that is a file ends with 5 (StoreUnavailable)", () => {
    const file = join(project.root, "file")
    writeFileSync(file, "")
    const says = ["the store cannot", file, "ENOTDIR", "--store", "Nothing that was finished is lost"]
    expectError(`run trouble --store ${file}`, 5, says)
  })

  test("a store that is read-only serves what it has, and ends with 5 where it cannot (StoreUnavailable)", (context) => {
    const mounted = mountedFolder(join(project.root, "mounted"), 10_000)
    if (mounted === undefined) return context.skip("no file system can be mounted here")
    try {
      const store = join(mounted.path, "store")
      assert.strictEqual(project.brink("run", "trouble", "--store", store).code, 0)
      mounted.remount("ro")
      expectError(`run trouble --set size=10 --store ${store}`, 5, ["EROFS", "read-only", "--store"])
      expectError(`plan trouble --check --store ${store}`, 0, [])
      expectError(`run trouble --store ${store}`, 0, ["up to date"])
    } finally {
      mounted.remove()
    }
  })

  test("a full store ends with 5, and goes on once there is space (StoreUnavailable)", (context) => {
    const full = mountedFolder(join(project.root, "full"), 200)
    if (full === undefined) return context.skip("no small file system can be mounted here")
    try {
      const store = join(full.path, "store")
      const args = `run trouble --set size=400000 --store ${store}`
      expectError(args, 5, ["ENOSPC", "The disk is full"])
      assert.deepStrictEqual(
        filesIn(store).filter((path) => path.includes("/cas/") && path.includes(".tmp.")),
        []
      )
      full.remount("size=10000k")
      const outcome = project.brink(...args.split(" "))
      assert.strictEqual(outcome.code, 0, outcome.stderr)
    } finally {
      full.remove()
    }
  })

  test("a store that a stage's log fills up ends with 5, and goes on once there is space (StoreUnavailable)", (context) => {
    const full = mountedFolder(join(project.root, "full-log"), 200)
    if (full === undefined) return context.skip("no small file system can be mounted here")
    try {
      const store = join(full.path, "store")
      const args = `run trouble --set mode=loud --store ${store}`
      expectError(args, 5, ["ENOSPC", "The disk is full", "Nothing that was finished is lost"])
      full.remount("size=10000k")
      const outcome = project.brink(...args.split(" "))
      assert.strictEqual(outcome.code, 0, outcome.stderr)
      assert.notInclude(project.executed(outcome), "draw")
    } finally {
      full.remove()
    }
  })

  test("output that nobody can take is no bug: 5 where it was asked for, and a run goes on without its screen", (context) => {
    if (!existsSync("/dev/full")) return context.skip("there is no /dev/full here")
    const brink = (stdio: StdioOptions, ...args: ReadonlyArray<string>) =>
      spawnSync(process.execPath, [join(repository, "src/cli/brink.mjs"), ...args], {
        cwd: project.root,
        encoding: "utf8",
        stdio
      })
    const full = openSync("/dev/full", "w")
    const asked = brink(["ignore", full, "pipe"], "run", "trouble", "--set", "size=12", "--json")
    assert.strictEqual(asked.status, 5, asked.stderr)
    assert.include(asked.stderr, "standard output cannot be written (ENOSPC)")
    assert.notInclude(asked.stderr, "node:")
    const screen = brink(["ignore", "pipe", full], "run", "trouble", "--set", "size=13")
    assert.strictEqual(screen.status, 0)
    closeSync(full)
    assert.strictEqual(project.brink("plan", "trouble", "--set", "size=13", "--check").code, 0)
  })

  test("a deleted .brink folder, and bundles that were altered, are made again", () => {
    const run = () => assert.strictEqual(project.brink("run", "trouble", "--set", "size=10").code, 0)
    const folder = join(project.root, ".brink", "bundles")
    const texts = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const)
    rmSync(join(project.root, ".brink"), { recursive: true })
    run()
    const before = texts()
    assert.isNotEmpty(before)
    for (const [name, text] of before) writeFileSync(join(folder, name), `${text}\n`)
    run()
    assert.deepStrictEqual(texts(), before)
  })
})
