/** Every verb, through the real command line: what it prints, and that it tells the truth. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import * as Disk from "../../src/pipeline/Disk.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import * as Lease from "../../src/pipeline/Lease.ts"
import { makeProject, type Outcome, type Project, squares, sweptOver } from "../support/project.ts"
import { ended, trouble } from "./trouble.ts"

const lines = ({ stdout }: Outcome): ReadonlyArray<string> => stdout.trimEnd().split("\n")
const json = (outcome: Outcome): ReadonlyArray<Record<string, unknown>> =>
  lines(outcome).map((line) => JSON.parse(line) as Record<string, unknown>)

const swept = { "pipelines/swept.ts": sweptOver("[5]") }

describe("the command line", () => {
  let project: Project
  let first: Outcome
  const ok = (...args: ReadonlyArray<string>): Outcome => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome
  }
  const newestRun = (): string =>
    readdirSync(join(project.root, "artifacts", "runs"))
      .sort()
      .at(-1)!

  beforeAll(() => {
    project = makeProject({ ...squares, ...trouble, ...swept })
    first = ok("run", "trouble")
  })
  afterAll(() => project.remove())

  test("run prints nothing to stdout, a line for every stage that ran, a count, and where results lie", () => {
    assert.strictEqual(first.stdout, "")
    assert.match(first.stderr, /^run {3}trouble {3}new: never made$/m)
    assert.match(first.stderr, /^done {2}trouble {3}\d+ ms$/m)
    assert.match(first.stderr, /^6 stages: 0 hit, 6 ran \(.*\)\nresults: artifacts\/latest\/trouble$/m)
    const value = JSON.parse(readFileSync(join(project.root, "artifacts/latest/trouble/total/value.json"), "utf8"))
    assert.deepStrictEqual(value, { total: 3 })
  })

  test("run with targets makes these and what they need; -n and --dry-run make nothing", () => {
    const store = join(project.root, "only")
    const dry = ok("run", "trouble", "weight", "-n", "--store", store)
    assert.include(dry.stdout, "2 stages: 0 hit, 1 run, 1 may run")
    assert.isFalse(existsSync(join(store, "ac")))
    assert.deepStrictEqual(project.executed(ok("run", "trouble", "weight", "--store", store)), ["fill", "weigh"])
    assert.deepStrictEqual(project.executed(ok("run", "trouble", "squ*", "--store", store)), ["draw", "square"])
  })

  test("run --json prints events, each one line of JSON with a version, from start to end", () => {
    const events = json(ok("run", "trouble", "--set", "size=100", "--json"))
    assert.deepStrictEqual(
      events.map(({ type }) => type),
      [
        "run-started",
        "planned",
        "action-started",
        "action-finished",
        "action-started",
        "action-finished",
        "run-finished"
      ]
    )
    assert.isTrue(events.every(({ v, at }) => v === 1 && typeof at === "number"))
    assert.deepInclude(events.at(-1), { outcome: "done", hit: 4, ran: 2, failed: 0 })
  })

  test("run without a single job that may run is refused, not waited for", async () => {
    const child = project.start("run", "trouble", "--set", "size=101", "--jobs", "0")
    const impatience = setTimeout(() => child.kill("SIGKILL"), 10_000)
    assert.strictEqual(await ended(child), 2)
    clearTimeout(impatience)
  })

  test("run takes a number of jobs apart from its flag, behind =, and attached to it", () => {
    for (const jobs of [["-j", "3"], ["--jobs=3"], ["-j3"]])
      assert.include(ok("run", "trouble", ...jobs).stderr, "up to date")
  })

  test("run --force runs a stage that is up to date, and what is behind it is cut off", () => {
    const outcome = ok("run", "trouble", "--force", "draw")
    assert.deepStrictEqual(project.executed(outcome), ["draw"])
    assert.match(outcome.stderr, /run {3}draw {3}forced/)
    assert.include(outcome.stderr, "3 cut off")
  })

  test("plan tells what would run and why, counts hits, and --check ends with 3 where anything would", () => {
    const plan = ok("plan", "trouble", "--set", "mode=other")
    assert.match(plan.stdout, /^run +trouble +params\.mode: none → other$/m)
    assert.match(plan.stdout, /^may run +sum +waits for trouble$/m)
    assert.match(plan.stdout, /^trouble: 6 stages: 4 hit, 1 run, 1 may run$/m)
    assert.strictEqual(project.brink("plan", "trouble", "--set", "mode=other", "--check").code, 3)
    assert.strictEqual(project.brink("plan", "trouble", "--check").code, 0)
    assert.match(ok("plan", "trouble", "--all").stdout, /^hit +draw +up to date$/m)
    const told = json(ok("plan", "trouble", "--set", "mode=other", "--json", "-j", "3"))
    const [states, forecast] = [told.slice(0, -1), told.at(-1)!]
    assert.deepStrictEqual(states.map(({ state }) => state).sort(), ["hit", "hit", "hit", "hit", "may run", "run"])
    for (const { state, milliseconds } of states)
      assert.isTrue(state === "hit" ? milliseconds === 0 : Number(milliseconds) > 0)
    assert.deepInclude(forecast, { v: 1, type: "forecast", unknown: 0, jobs: 3 })
    assert.isAbove(Number(forecast["work"]), 0)
  })

  test("plan and run tell what it will cost, and that it is unknown where nothing like it has run", () => {
    const cost = /^cost: about [\d.]+ (ms|s) of work, done in about [\d.]+ (ms|s) with 2 at a time$/m
    assert.match(ok("plan", "trouble", "--set", "mode=other", "-j", "2").stdout, cost)
    assert.match(ok("run", "trouble", "--set", "mode=other", "-n", "-j", "2").stdout, cost)
    assert.notMatch(ok("plan", "trouble").stdout, /cost/)
    const unknown = /^cost: unknown, as nothing like it has run yet$/m
    assert.match(first.stderr, unknown)
    assert.match(ok("plan", "trouble", "--store", join(project.root, "none")).stdout, unknown)
    const some = ok("plan", "trouble", "--set", "mode=other", "-f", "*", "--store", join(project.root, "only")).stdout
    assert.match(some, /with \d+ at a time, without 2 of 6 whose like has not run yet$/m)
  })

  test("what reads a plan says of which pipeline, where it was not told and there are several", () => {
    assert.match(ok("why", "draw").stderr, /^of trouble, the pipeline that ran last; -p names another$/m)
    assert.notMatch(ok("why", "draw", "-p", "trouble").stderr, /of trouble/)
  })

  test("why names what differs, or since when it is up to date and why it ran", () => {
    assert.strictEqual(
      ok("why", "trouble", "--set", "mode=other").stdout,
      "trouble will run:\n  params.mode: none → other\n"
    )
    assert.match(ok("why", "weigh").stdout, /^weigh is up to date: [0-9a-f]{12}, made by run \d{8}T/)
    const [why] = json(ok("why", "sum", "--set", "mode=other", "--json"))
    assert.deepInclude(why, { address: "sum", state: "may run" })
  })

  test("why tells of the run that made it, not of another that failed at its address since", () => {
    assert.strictEqual(project.brink("run", "trouble", "--set", "mode=fail").code, 1)
    const { stdout } = ok("why", "trouble")
    assert.include(stdout, "trouble is up to date")
    assert.notInclude(stdout, "fail")
    assert.include(stdout, "it ran because:\n    never made")
    const { last } = json(ok("why", "trouble", "--json"))[0] as { readonly last: Record<string, unknown> }
    assert.deepInclude(last["started"], { address: "trouble", reason: { _tag: "NeverMade" } })
  })

  test("show gives action, result and value of an address, of a target, and of the first digits of a key", () => {
    for (const name of ["sum", "total"]) {
      const shown = JSON.parse(ok("show", name).stdout)
      assert.strictEqual(shown.state, "made")
      assert.strictEqual(shown.action.stage, "sum")
      assert.deepStrictEqual(shown.manifest.value, { total: 3 })
    }
    const { key } = JSON.parse(ok("show", "sum").stdout)
    assert.deepStrictEqual(JSON.parse(ok("show", key.slice(0, 10)).stdout), JSON.parse(ok("show", "sum").stdout))
  })

  test("show gives an object of the store by its digest, and a run by its name", () => {
    const { result } = JSON.parse(ok("show", "sum").stdout)
    const { stdout } = ok("show", result.code.digest.slice(0, 12))
    assert.include(stdout, result.code.digest)
    assert.include(stdout, "stages/sum.ts")
    const events = json(ok("show", result.run))
    assert.strictEqual(events[0]!["run"], result.run)
    assert.strictEqual(json(ok("show", "last"))[0]!["run"], newestRun())
    assert.strictEqual(JSON.parse(ok("show", "sum", "--set", "mode=other").stdout).state, "may run")
  })

  test("runs lists the newest first, and logs prints what a stage wrote", () => {
    const rows = lines(ok("runs"))
    assert.match(rows[0]!, new RegExp(`^${newestRun()} +trouble +`))
    assert.match(rows.at(-1)!, /trouble +done +6 ran +0 failed/)
    assert.strictEqual(lines(ok("runs", "--most", "1")).length, 1)
    assert.match(ok("logs", "trouble").stdout, /^== trouble in \d{8}T.*\ntrouble with \w+$/m)
  })

  test("runs --json gives numbers as numbers", () => {
    const [run] = json(ok("runs", "--json", "--most", "1"))
    assert.deepInclude(run, { v: 1, pipeline: "trouble", outcome: "failed", ran: 0, failed: 1 })
    for (const name of ["ran", "failed", "milliseconds"]) assert.strictEqual(typeof run![name], "number", name)
  })

  test("a sweep that grows runs the new cells and what collects them, and one that shrinks only the latter", () => {
    const executed = (...args: ReadonlyArray<string>) => project.executed(ok("run", "swept", ...args))
    assert.deepStrictEqual(executed(), ["draw@seed=5", "sum"])
    // That of seed 1 is made: another pipeline asked for it.
    assert.deepStrictEqual(executed("-S", "seed+=range(4)"), ["draw@seed=0", "draw@seed=2", "draw@seed=3", "sum"])
    assert.deepStrictEqual(executed("-S", "seed=3,2"), ["sum"])
    assert.deepStrictEqual(executed("--set", "seed=[3,2]"), [])
    assert.match(ok("plan", "swept", "-S", "seed=2,7").stdout, /^run +draw@seed=7 +new: like draw@seed=\d/m)
    assert.include(ok("graph", "swept", "-S", "seed=steps(2,6,2)").stdout, "draw × 3")
    assert.strictEqual(JSON.parse(ok("show", "draw", "-p", "swept", "-S", "seed=3").stdout).state, "made")
  })

  test("status tells what runs, for how long, how far it is, and where", () => {
    const store = join(project.root, "busy")
    const about = { key: "a".repeat(64), address: "train@rate=1" }
    const run = "20260101-000000-abcdef"
    const busy = Effect.gen(function* () {
      const { record } = yield* Journal.Journal
      assert.isTrue(yield* Lease.hold(store, { ...about, run }))
      yield* record({ type: "action-progress", ...about, report: { fraction: 0.1, steps: 40 } })
      yield* record({
        type: "action-progress",
        ...about,
        report: { fraction: 0.4, steps: 160, numbers: { loss: 0.25 } }
      })
      const [line] = lines(ok("status", "--store", store))
      assert.match(
        line!,
        /^running {2}train@rate=1 {2}[\d.]+ m?s {2}40 % {2}160 steps {2}loss 0.25\S* {2}\S+ \d+ {2}\S+$/
      )
      const [{ running }] = json(ok("status", "--json", "--store", store)) as [{ readonly running: object }]
      assert.nestedPropertyVal(running, "[0].report.steps", 160)
    })
    return Effect.runPromise(
      Effect.scoped(Effect.provide(busy, Journal.layer(store, run).pipe(Layer.provideMerge(Disk.layer))))
    )
  })

  test("graph draws every stage once, in every format, and each cell where it is asked to", () => {
    const parts = ["draw", "square × 3", "sum", "→ total"]
    for (const format of ["svg", "mermaid", "dot"]) {
      const { stdout } = ok("graph", "squares", "--format", format)
      for (const part of parts) assert.include(stdout.replaceAll("&#45;", "-"), part, format)
    }
    assert.match(ok("graph", "squares", "--format", "svg").stdout, /<svg[^>]*>[\s\S]*<\/svg>/)
    assert.strictEqual(JSON.parse(ok("graph", "squares", "--format", "json").stdout).nodes.length, 5)
    assert.include(ok("graph", "squares", "--expand").stdout, "square@power=2")
  })

  test("graph writes what the name of the file tells, and refuses a name that tells nothing", () => {
    const written = (name: string, ...args: ReadonlyArray<string>): string => {
      ok("graph", "squares", "-o", join(project.root, name), ...args)
      return readFileSync(join(project.root, name), "utf8")
    }
    assert.include(written("graph.mmd"), "flowchart")
    assert.match(written("graph.SVG"), /<svg/)
    assert.match(written("graph.dot"), /^digraph/)
    assert.strictEqual(JSON.parse(written("graph.json")).nodes.length, 5)
    assert.match(written("picture.svg", "--format", "dot"), /^digraph/)
    const { code, stderr } = project.brink("graph", "squares", "-o", join(project.root, "graph.png"))
    assert.strictEqual(code, 2)
    assert.include(stderr, "graph.png (its ending is none of .svg, .mmd,")
    assert.isFalse(existsSync(join(project.root, "graph.png")))
  })

  test("graph says where it could not write, and calls that no bug (OutputUnwritable)", () => {
    const { code, stderr } = project.brink("graph", "squares", "-o", "/nowhere/graph.svg")
    assert.strictEqual(code, 2)
    assert.include(stderr, "cannot write /nowhere/graph.svg (ENOENT)")
    assert.include(stderr, "--output")
    assert.notInclude(stderr, "bug")
  })

  test("logs prints those of one pipeline or one run, though an address is in several (UnknownPipeline, UnknownRun)", () => {
    ok("run", "trouble", "--force", "draw")
    const one = newestRun()
    ok("run", "squares", "--set", "seed=41")
    const two = newestRun()
    const headOf = (...args: ReadonlyArray<string>) => lines(ok("logs", "draw", ...args))[0]
    assert.strictEqual(headOf(), `== draw in ${two}`)
    for (const args of [
      ["-p", "trouble"],
      ["--run", one],
      ["--run", "last~1"],
      ["-p", "trouble", "--run", "last~1"]
    ])
      assert.strictEqual(headOf(...args), `== draw in ${one}`)
    for (const [args, says] of [
      [["-p", "troubel"], "Did you mean trouble?"],
      [["--run", "nope"], 'there is no run "nope"'],
      [["-p", "squares", "--run", "last~1"], `nothing in run ${one} of squares has the address "draw"`]
    ] as const) {
      const { code, stderr } = project.brink("logs", "draw", ...args)
      assert.strictEqual(code, 2)
      assert.include(stderr, says)
    }
  })

  test("doctor finds everything that is needed, and says what is not there", () => {
    const { stdout } = ok("doctor")
    for (const what of ["node", "pipelines", "store", "onnxruntime", "cpu", "mnist"])
      assert.match(stdout, new RegExp(`^ok +${what}`, "m"))
    for (const what of ["cuda", "webgpu"])
      assert.match(stdout, new RegExp(`^(ok +${what} +computes|no +${what} .*[.:] )`, "m"))
    const absent = join(project.root, "not", "yet")
    assert.match(ok("doctor", "--store", absent).stdout, /^ok +store .*yet, to be made by the first run in /m)
    assert.isFalse(existsSync(join(project.root, "not")), "it only looks")
    const elsewhere = project.brink("doctor", "--store", "/dev/null/store")
    assert.strictEqual(elsewhere.code, 5)
    assert.match(elsewhere.stdout, /^NOT +store .*--store/m)
  })
})
