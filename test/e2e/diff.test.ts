/** Two runs beside each other, through the real command line. */
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Outcome, type Project, squares } from "../support/project.ts"

interface Told {
  readonly params: ReadonlyArray<unknown>
  readonly code: ReadonlyArray<{ readonly stage: string; readonly places: ReadonlyArray<string> }>
  readonly came: ReadonlyArray<string>
  readonly went: ReadonlyArray<string>
  readonly changed: ReadonlyArray<{
    readonly address: string
    readonly changes: ReadonlyArray<{ readonly path: string }>
    readonly codeChanged: boolean
    readonly sameValue: boolean
  }>
  readonly same: number
  readonly outcomes: ReadonlyArray<unknown>
  readonly metrics: ReadonlyArray<unknown>
}

describe("diff", () => {
  let project: Project
  const ok = (...args: ReadonlyArray<string>): Outcome => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome
  }
  const diff = (...args: ReadonlyArray<string>): Told => JSON.parse(ok("diff", ...args, "--json").stdout)

  beforeAll(() => {
    project = makeProject(squares)
    ok("run", "squares")
    ok("run", "squares", "--set", "count=4")
    ok("run", "squares", "--set", "seed=2")
    project.edit("stages/helpers.ts", "value ** power", "value ** power + 1")
    ok("run", "squares", "--set", "seed=2")
    project.edit(
      "stages/sum.ts",
      "run: ({ squares }) =>",
      'run: ({ squares }) => squares.length === 3 ? Effect.fail("no") :'
    )
    assert.strictEqual(project.brink("run", "squares", "--set", "seed=2").code, 1)
  })
  afterAll(() => project.remove())

  test("tells of a wider sweep what came and what it changed, and of a narrower one what went", () => {
    const wider = diff("last~4", "last~3")
    assert.deepStrictEqual(wider.params, [{ path: "count", from: 3, to: 4 }])
    assert.deepStrictEqual(wider.came, ["square@power=3"])
    assert.strictEqual(wider.same, 4)
    assert.deepStrictEqual(wider.changed, [
      { address: "sum", changes: wider.changed[0]!.changes, codeChanged: false, sameValue: false }
    ])
    assert.deepStrictEqual(
      wider.changed[0]!.changes.map(({ path }) => path),
      ["inputs.squares[3]"]
    )
    assert.deepStrictEqual(wider.metrics, [{ address: "sum", path: "total", from: 10, to: 19 }])
    assert.deepStrictEqual(diff("last~3", "last~4").went, ["square@power=3"])
  })

  test("tells of a change of code the function, and which values came out the same", () => {
    const { code, changed, params } = diff("last~2", "last~1")
    assert.deepStrictEqual(params, [])
    assert.deepStrictEqual(
      code.map(({ stage, places }) => [stage, places]),
      [["square", ["stages/helpers.ts#raise"]]]
    )
    assert.deepStrictEqual(
      changed.map(({ address, codeChanged }) => [address, codeChanged]),
      [
        ["square@power=0", true],
        ["square@power=1", true],
        ["square@power=2", true],
        ["sum", false]
      ]
    )
  })

  test("tells of how something ended, where it did not come about", () => {
    assert.deepStrictEqual(diff("last~1", "last").outcomes, [{ address: "sum", from: "made", to: "failed: Failure" }])
  })

  test("prints aligned tables, and only what is asked for", () => {
    const { stdout } = ok("diff", "last~3", "last~1", "sum")
    assert.match(stdout, /^a {2}\d{8}T\S+ {2}squares {2}\d{4}-.*\nb {2}/)
    assert.match(stdout, /^parameters:\n {2}count {2}4 {2}→ {2}3\n {2}seed {3}1 {2}→ {2}2$/m)
    assert.match(stdout, /^values:\n {2}sum {2}total {2}19 {2}→ {2}26 {2}\+36\.8 %$/m)
    assert.match(stdout, /^0 stages the same, 1 changed, 0 came, 0 went$/m)
    assert.notInclude(stdout, "square@")
  })

  test("refuses runs that there are none of, or several, and addresses of neither (UnknownRun, UnknownAddress)", () => {
    const runs = ok("runs")
      .stdout.trimEnd()
      .split("\n")
      .map((line) => line.split(" ")[0]!)
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
      [["last~9", "last"], 'there is no run "last~9"'],
      [["last", runs[0]!.slice(0, 5)], "may be"],
      [["last", `${runs[0]!.slice(0, -1)}_`], `Did you mean ${runs[0]}`],
      [["last", "last~1", "nothing"], '"nothing"']
    ]
    for (const [args, says] of wrong) {
      const { code, stderr } = project.brink("diff", ...args)
      assert.strictEqual(code, 2, args.join(" "))
      assert.include(stderr, says)
    }
    assert.strictEqual(diff(runs[0]!, runs[0]!.slice(-6)).changed.length, 0, "the last digits of a run will do")
  })
})
