/**
 * What makes a stage run again and what does not, on a real project through the real command line.
 */
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Project, squares } from "../support/project.ts"

describe("code identity", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject(squares)
    const first = project.brink("run", "squares")
    assert.strictEqual(first.code, 0, first.stderr)
    assert.deepStrictEqual(project.executed(first), [
      "draw",
      "square@power=0",
      "square@power=1",
      "square@power=2",
      "sum"
    ])
  })
  afterAll(() => project.remove())

  /** The addresses that run after an edit; the project stays edited. */
  const ranAfter = (path: string, from: string, to: string): ReadonlyArray<string> => {
    project.edit(path, from, to)
    const outcome = project.brink("run", "squares")
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return project.executed(outcome)
  }

  test("nothing runs twice", () => {
    const again = project.brink("run", "squares")
    assert.deepStrictEqual(project.executed(again), [])
    assert.include(again.stderr, "up to date: 5 stages")
    assert.strictEqual(project.brink("plan", "squares", "--check").code, 0)
  })

  test("a comment, a type, an unused helper and white space run nothing", () => {
    assert.deepStrictEqual(ranAfter("stages/draw.ts", "/** Draws. */", "/** Draws numbers. */"), [])
    assert.deepStrictEqual(
      ranAfter("stages/helpers.ts", "(value: number, power: number)", "(value: number, power: number | 2)"),
      []
    )
    assert.deepStrictEqual(ranAfter("stages/helpers.ts", "value + 1", "value + 2"), [])
    assert.deepStrictEqual(ranAfter("stages/sum.ts", "(a, b) => a + b", "(a,b)   =>   a+b"), [])
  })

  test("a helper runs the stages that reach it; equal results cut off what is behind", () => {
    const ran = ranAfter("stages/helpers.ts", "value ** power", "power === 0 ? 1 : value ** power")
    assert.deepStrictEqual(ran, ["square@power=0", "square@power=1", "square@power=2"])
    const why = project.brink("why", "square@power=1").stdout
    assert.include(why, "stages/helpers.ts")
  })

  test("the schema of an artifact runs the stages that use it", () => {
    const ran = ranAfter(
      "stages/artifacts.ts",
      '"Total", { total: Schema.Finite }',
      '"Total", { total: Schema.Number }'
    )
    assert.deepStrictEqual(ran, ["sum"])
  })

  test("a new cell of a sweep runs, and what aggregates it", () => {
    const outcome = project.brink("run", "squares", "--set", "count=4")
    assert.deepStrictEqual(project.executed(outcome), ["square@power=3", "sum"])
    assert.match(outcome.stderr, /square@power=3 {3}new: like square@power=\d, but params\.power: \d → 3/)
    assert.match(outcome.stderr, /run {3}sum {3}inputs\.squares\[3\]: absent → [0-9a-f]{12}/)
  })

  test("going back to an earlier parameter is a hit", () => {
    assert.deepStrictEqual(project.executed(project.brink("run", "squares")), [])
  })

  test("a parameter runs exactly what depends on it, and why names it", () => {
    const plan = project.brink("plan", "squares", "--set", "seed=2").stdout
    assert.match(plan, /run +draw +params\.seed: 1 → 2/)
    assert.include(project.brink("why", "draw", "--set", "seed=2").stdout, "params.seed: 1 → 2")
    assert.strictEqual(project.brink("plan", "squares", "--set", "seed=2", "--check").code, 3)
  })

  test("another folder, and a deleted .brink folder, change no key", () => {
    rmSync(join(project.root, ".brink"), { recursive: true })
    assert.deepStrictEqual(project.executed(project.brink("run", "squares")), [])
    const files = Object.fromEntries(
      Object.keys(squares).map((path) => [path, readFileSync(join(project.root, path), "utf8")])
    )
    const moved = makeProject(files)
    const outcome = moved.brink("run", "squares", "--store", join(project.root, "artifacts"))
    assert.deepStrictEqual(moved.executed(outcome), [])
    moved.remove()
  })
})
