/** What people decide about results, through the real command line: accept, invalidate, and what tells of it afterwards. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, beforeEach, describe, test } from "vitest"
import { makeProject, type Outcome, type Project, squares } from "../support/project.ts"

/** `square` pinned at a version. */
const pinned = (version: string): string =>
  squares["stages/square.ts"]!.replace("makes: Numbers,", `makes: Numbers,\n  version: "${version}",`)

describe("accept and invalidate", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject(squares)
  })
  afterAll(() => project.remove())
  beforeEach(() => {
    for (const [path, text] of Object.entries(squares)) project.write(path, text)
  })

  const ok = (...args: ReadonlyArray<string>): Outcome => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome
  }
  const refused = (says: string, ...args: ReadonlyArray<string>): void => {
    const { code, stdout, stderr } = project.brink(...args)
    assert.strictEqual(code, 2, stderr)
    assert.include(stdout + stderr, says)
  }
  const check = (seed: string): number => project.brink("plan", "squares", "--check", "--set", `seed=${seed}`).code
  const shown = (address: string, seed: string) => JSON.parse(ok("show", address, "--set", `seed=${seed}`).stdout)

  test("accept enters old results under the keys of changed code: nothing runs, and it is told who said so", () => {
    const seed = ["--set", "seed=1"]
    ok("run", "squares", ...seed)
    const before = shown("square@power=2", "1")
    project.edit("stages/helpers.ts", "value ** power", "Math.pow(value, power)")
    assert.strictEqual(check("1"), 3)
    const because = ["--because", "the same function by another name"]
    const dry = ok("accept", "square", ...because, "-n", ...seed)
    assert.match(dry.stdout, /^would accept square {3}code [0-9a-f]{12} → [0-9a-f]{12} {3}stages\/helpers\.ts#raise$/m)
    assert.strictEqual(check("1"), 3, "a dry run accepts nothing")
    const real = ok("accept", "square", ...because, ...seed)
    assert.strictEqual(real.stdout.replace("accepted", "would accept"), dry.stdout)
    assert.strictEqual(check("1"), 0, "what is behind it is up to date too, since the values are the same")
    assert.match(ok("run", "squares", ...seed).stderr, /nothing to run/)

    const after = shown("square@power=2", "1")
    assert.notStrictEqual(after.key, before.key)
    assert.deepStrictEqual(after.manifest, before.manifest)
    assert.strictEqual(after.result.accepted.from, before.key)
    assert.strictEqual(after.result.accepted.because, because[1])
    assert.match(after.result.accepted.who, /^.+@.+$/)
    assert.strictEqual(after.decisions[0].type, "accepted")
    const told = /accepted by .+@.+ on \d{4}-\d\d-\d\d \(stages\/helpers\.ts#raise\): the same function by another name/
    assert.match(ok("why", "square@power=2", ...seed).stdout, told)
    assert.match(ok("lineage", "sum").stdout, told)
    assert.include(
      ok("verify", "--rerun", "100%", "square@power=2").stdout,
      "0 different",
      "what was accepted can be audited"
    )
  })

  test("a verify finds out where what was accepted is not so", () => {
    const seed = ["--set", "seed=2"]
    ok("run", "squares", ...seed)
    project.edit("stages/helpers.ts", "value ** power", "value ** power + 1")
    ok("accept", "square@power=1", "--because", "a lie", ...seed)
    const { code, stdout } = project.brink("verify", "--rerun", "100%", "square@power=1")
    assert.strictEqual(code, 4)
    assert.match(stdout, /^DIFFERS {2}square@power=1/m)
  })

  test("accept goes on to what waits for what was accepted, and says what it could not accept", () => {
    const seed = ["--set", "seed=3"]
    ok("run", "squares", ...seed)
    project.edit("stages/draw.ts", "[seed, seed + 1]", "[seed, 1 + seed]")
    project.edit("stages/helpers.ts", "value ** power", "Math.pow(value, power)")
    const dry = ok("accept", "draw", "square", "--because", "sums commute", "-n", ...seed)
    assert.strictEqual(check("3"), 3, "a dry run accepts nothing")
    const { stdout, stderr } = ok("accept", "draw", "square", "--because", "sums commute", ...seed)
    assert.deepStrictEqual([dry.stdout.replaceAll("would accept", "accepted"), dry.stderr], [stdout, stderr])
    assert.match(stdout, /^accepted draw/m)
    assert.match(stdout, /^accepted square/m)
    assert.strictEqual(check("3"), 0)
    project.edit("stages/draw.ts", "1 + seed", "seed + 1 + 0")
    project.edit("stages/sum.ts", "(a, b) => a + b", "(a, b) => b + a")
    const all = ["accept", "sum", "draw", "square", "--because", "all the same", ...seed, "--set", "count=4"]
    const foreseen = ok(...all, "-n")
    const some = ok(...all)
    assert.strictEqual(foreseen.stderr, some.stderr)
    assert.strictEqual(foreseen.stdout.replaceAll("would accept", "accepted"), some.stdout)
    assert.match(some.stderr, /^2 stages not accepted:\n {2}square@power=3: .*\n {2}sum: waits for square@power=3$/m)
  })

  test("pinning a stage, or no longer, can be accepted too", () => {
    const seed = ["--set", "seed=4"]
    ok("run", "squares", ...seed)
    project.write("stages/square.ts", pinned("1"))
    assert.strictEqual(check("4"), 3)
    ok("accept", "square", "--because", "it is pinned from now on", ...seed)
    assert.strictEqual(check("4"), 0)
  })

  test("accept without anything to accept is refused, and says why (NothingToAccept)", () => {
    ok("run", "squares", "--set", "seed=5")
    refused("sum: up to date", "accept", "sum", "--because", "x", "--set", "seed=5")
    refused("params.seed", "accept", "draw", "--because", "x", "--set", "seed=55")
    refused("expected a reason", "accept", "sum", "--because", " ", "--set", "seed=5")
    refused("because", "accept", "sum", "--set", "seed=5")
    refused("Did you mean sum?", "accept", "sun", "--because", "x")
  })

  test("a pinned stage whose code changed runs on, and warns with one line until somebody accepts it", () => {
    const seed = ["--set", "seed=6"]
    project.write("stages/square.ts", pinned("7"))
    assert.notInclude(ok("run", "squares", ...seed).stderr, "warning")
    project.edit("stages/helpers.ts", "value ** power", "Math.pow(value, power)")
    const warning =
      /^warning: square is pinned at version 7, but its code changed since it made 3 results \(stages\/helpers\.ts#raise\)\. Raise the version, or: brink accept square --because "…"$/gm
    for (const verb of ["plan", "run"])
      assert.strictEqual(ok(verb, "squares", ...seed).stderr.match(warning)?.length, 1, verb)
    assert.match(ok("accept", "square", "--because", "checked", ...seed).stdout, /^accepted drift of square/)
    for (const verb of ["plan", "run"]) assert.notInclude(ok(verb, "squares", ...seed).stderr, "warning")
    assert.match(ok("lineage", "sum").stdout, /square@power=1.* accepted by .*: checked/)
    assert.match(ok("why", "square@power=0", ...seed).stdout, /accepted by .*: checked/)
    assert.strictEqual(shown("square@power=0", "6").decisions.length, 1)
    project.edit("stages/helpers.ts", "Math.pow(value, power)", "value ** power + 0")
    assert.match(ok("plan", "squares", ...seed).stderr, warning, "other code is another question")
  })

  test("invalidate forgets results, writes down who, when and why, and they are made again (NothingToInvalidate)", () => {
    const seed = ["--set", "seed=8"]
    ok("run", "squares", ...seed)
    const { key } = shown("square@power=1", "8")
    ok("invalidate", "square@power=1", "--because", "overheated", "-n", ...seed)
    assert.strictEqual(check("8"), 0, "a dry run forgets nothing")
    const { stdout } = ok("invalidate", "square@power=1", "square@power=0", "--because", "overheated", ...seed)
    assert.strictEqual(stdout.trimEnd().split("\n").length, 2)
    assert.strictEqual(check("8"), 3)
    const outcome = ok("run", "squares", ...seed)
    assert.deepStrictEqual(project.executed(outcome), ["square@power=0", "square@power=1"])
    assert.match(ok("why", "square@power=1", ...seed).stdout, /invalidated by .+@.+ on \d{4}-.*: overheated/)
    ok("invalidate", key.slice(0, 12), "--because", "again")
    assert.strictEqual(check("8"), 3)
    assert.strictEqual(readdirSync(join(project.root, "artifacts", "decisions")).length >= 2, true)
    refused("nothing is made at square@power=1", "invalidate", "square@power=1", "--because", "x", ...seed)
    refused("--because: expected a reason, got nothing", "invalidate", "square", "--because", "", ...seed)
    refused("Did you mean square?", "invalidate", "sqare", "--because", "x", ...seed)
    refused("Did you mean", "invalidate", "squar@power=1", "--because", "x", ...seed)
  })
})

describe("why", () => {
  let project: Project
  const ok = (...args: ReadonlyArray<string>): string => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome.stdout
  }
  beforeAll(() => {
    project = makeProject(squares)
    ok("run", "squares")
    project.edit("stages/helpers.ts", "value ** power", "value ** power + 1")
  })
  afterAll(() => project.remove())

  const because = /code\.identity: [0-9a-f]{12} → [0-9a-f]{12}\n +stages\/helpers\.ts#raise says something else$/m

  test("names the function that changed, before it runs, and a thousand runs after", () => {
    const before = ok("why", "square@power=1")
    assert.match(before, /^square@power=1 will run:\n/)
    assert.match(before, because)
    assert.include(ok("plan", "squares"), "code: stages/helpers.ts#raise changed")
    ok("run", "squares")
    for (const seed of [2, 3]) ok("run", "squares", "--set", `seed=${seed}`)
    const after = ok("why", "square@power=1")
    assert.match(
      after,
      /^square@power=1 is up to date: [0-9a-f]{12}, made by run .*\n {2}at .* in .* on .*\n {2}it ran because:\n/
    )
    assert.match(after, because)
  })

  test("tells of any run why something ran in it, or that it did not", () => {
    ok("run", "squares", "--set", "count=4")
    assert.match(
      ok("why", "square@power=3", "--run", "last"),
      /^square@power=3 ran in .*, because:\n {2}never made; the nearest is square@power=\d:\n[\s\S]* {2}params\.power: \d → 3$/m
    )
    assert.match(ok("why", "draw", "--run", "last"), /^draw did not run in .*: [0-9a-f]{12} was made before$/m)
    const { code, stderr } = project.brink("why", "sun", "--run", "last")
    assert.strictEqual(code, 2)
    assert.include(stderr, "Did you mean sum?")
  })

  test("tells the same from records where the journal is gone", () => {
    ok("gc", "--keep-runs", "0", "--grace", "0", "--keep-bytes", "1GB")
    assert.deepStrictEqual(readdirSync(join(project.root, "artifacts", "runs")), [])
    const after = ok("why", "square@power=1", "--pipeline", "squares")
    assert.include(after, "it ran because, as its records tell:")
    assert.match(after, because)
  })
})
