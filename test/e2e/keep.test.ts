/** What is kept and what goes, through the real command line: gc and pin. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Outcome, type Project, squares } from "../support/project.ts"

interface Told {
  readonly taken: ReadonlyArray<{ readonly kind: string; readonly count: number; readonly bytes: number }>
  readonly takenBytes: number
  readonly deleted: { readonly count: number; readonly bytes: number }
}

describe("gc and pin", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject(squares)
  })
  afterAll(() => project.remove())

  const ok = (...args: ReadonlyArray<string>): Outcome => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome
  }
  const gc = (...args: ReadonlyArray<string>): Told => JSON.parse(ok("gc", "--json", ...args).stdout)

  test("gc tells what would go and takes exactly that; what is pinned, linked or of the last runs stays", () => {
    for (const seed of [1, 2, 3]) ok("run", "squares", "--set", `seed=${seed}`)
    ok("pin", "first", "total", "--set", "seed=1")
    assert.match(ok("pin").stdout, /^first {2}total {2}1 result {2}\d{4}-/)
    const young = gc("--keep-runs", "1", "--dry-run")
    assert.strictEqual(young.takenBytes, 0, "everything is young")
    const options = ["--keep-runs", "1", "--grace", "0"]
    const foreseen = gc(...options, "--dry-run")
    const real = gc(...options)
    assert.deepStrictEqual(real.taken, foreseen.taken)
    assert.strictEqual(real.taken.find(({ kind }) => kind === "records")!.count, 5)
    for (const seed of [1, 3])
      assert.strictEqual(project.brink("plan", "squares", "--check", "--set", `seed=${seed}`).code, 0)
    assert.strictEqual(project.brink("plan", "squares", "--check", "--set", "seed=2").code, 3)
    assert.isAbove(gc(...options).deleted.bytes, 0)
    assert.match(ok("gc").stdout, /nothing to take/)
    assert.isTrue(existsSync(join(project.root, "artifacts", "latest", "squares", "total", "value.json")))
  })

  test("what was taken and is asked for again is made again, and has the same value", () => {
    const outcome = ok("run", "squares", "--set", "seed=2")
    assert.strictEqual(project.executed(outcome).length, 5)
    assert.include(ok("show", "total", "--set", "seed=2").stdout, '"state": "made"')
  })

  test("a pin keeps what it keeps until it is said to be replaced (PinTaken)", () => {
    const keyOf = (seed: number): string => JSON.parse(ok("show", "total", "--set", `seed=${seed}`).stdout).key
    const kept = (): ReadonlyArray<string> =>
      ok("pin", "--json")
        .stdout.trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .find(({ name }) => name === "first").keys
    assert.deepStrictEqual(kept(), [keyOf(1)])
    const { code, stderr } = project.brink("pin", "first", "total", "--set", "seed=3")
    assert.strictEqual(code, 2)
    assert.include(stderr, 'pin "first" keeps total already (1 result, since ')
    assert.include(stderr, "brink pin first total --replace")
    assert.include(stderr, "brink pin first --remove")
    assert.deepStrictEqual(kept(), [keyOf(1)])
    ok("pin", "first", "total", "--set", "seed=1")
    ok("pin", "first", "total", "--set", "seed=3", "--replace")
    assert.deepStrictEqual(kept(), [keyOf(3)])
    ok("pin", "first", "total", "--set", "seed=1", "--replace")
  })

  test("a pin can be of a key or a digest, and is refused where there is nothing to keep (PinInvalid, NotFound)", () => {
    const { key, result } = JSON.parse(ok("show", "total", "--set", "seed=2").stdout)
    ok("pin", "by-key", key.slice(0, 10))
    ok("pin", "by-digest", result.output.digest.slice(0, 16))
    assert.strictEqual(ok("pin", "--json").stdout.trimEnd().split("\n").length, 3)
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["pin", "x"], "nothing to keep"],
      [["pin", "../x", "total", "--set", "seed=2"], "it names a file"],
      [["pin", "x", "total", "--set", "seed=77"], "brink run squares sum"],
      [["pin", "frist", "--remove"], "Did you mean first?"],
      [["pin", "--remove"], "there is none of that name"],
      [["pin", "x", "totl"], "Did you mean total?"],
      [["pin", "x", "00000000"], 'begins with "00000000"']
    ]
    for (const [args, says] of wrong) {
      const { code, stderr } = project.brink(...args)
      assert.strictEqual(code, 2, args.join(" "))
      assert.include(stderr, says)
    }
    ok("pin", "first", "--remove")
  })

  test("sizes and times that are none end with 2, and say what is expected", () => {
    for (const [flag, value, says] of [
      ["--grace", "soon", "a time such as 24h or 7d"],
      ["--grace", "7", "a time such as 24h or 7d"],
      ["--keep-bytes", "much", "a size such as 10GB"],
      ["--keep-runs", "-1", "a whole number, 0 or more"]
    ] as const) {
      const { code, stdout, stderr } = project.brink("gc", flag, value)
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.strictEqual(stderr, `brink: ${flag}: expected ${says}, got "${value}".\nSee brink gc --help.\n`)
    }
  })

  test("a budget that the roots exceed is said, and nothing of theirs is taken", () => {
    const { stderr } = ok("gc", "--keep-bytes", "1kB")
    assert.include(stderr, "what must stay has")
    assert.strictEqual(project.brink("plan", "squares", "--check", "--set", "seed=2").code, 0)
  })
})
