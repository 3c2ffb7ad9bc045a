/** Where an artifact came from and what was made of it, through the real command line. */
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Outcome, type Project, squares, sweptOver } from "../support/project.ts"

interface Told {
  readonly nodes: ReadonlyArray<{
    readonly key: string
    readonly address: string
    readonly digest: string
    readonly run: string
  }>
  readonly edges: ReadonlyArray<{ readonly maker: string; readonly taker: string; readonly input: string }>
}

describe("lineage", () => {
  let project: Project
  const ok = (...args: ReadonlyArray<string>): Outcome => {
    const outcome = project.brink(...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return outcome
  }
  const told = (...args: ReadonlyArray<string>): Told => JSON.parse(ok("lineage", ...args, "--json").stdout)
  const addresses = ({ nodes }: Told): ReadonlyArray<string> => nodes.map(({ address }) => address).sort()

  beforeAll(() => {
    project = makeProject(squares)
    project.edit("stages/helpers.ts", "value ** power", "value ** power + 1") // no two stages make the same bytes
    ok("run", "squares", "--set", "seed=7")
  })
  afterAll(() => project.remove())

  test("draws what an artifact was made from as a tree, with keys, digests, times and the run", () => {
    const { stdout } = ok("lineage", "sum")
    const lines = stdout.trimEnd().split("\n")
    assert.strictEqual(lines.length, 7)
    const line = String.raw`[0-9a-f]{12} → [0-9a-f]{12} {3}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d {3}.* {3}run \d{8}T\S+`
    assert.match(lines[0]!, new RegExp(`^sum {3}${line} of squares$`))
    assert.match(lines[1]!, new RegExp(`^├─ squares\\[0\\]: square@power=0 {3}${line}$`))
    assert.match(lines[2]!, new RegExp(`^│ {2}└─ numbers: draw {3}${line}$`))
    assert.match(lines[4]!, new RegExp(`^│ {2}└─ numbers: draw {3}${line}$`))
    assert.match(lines[6]!, new RegExp(`^ {3}└─ numbers: draw {3}${line}$`))
  })

  test("takes addresses, targets, keys and digests, up and down", () => {
    const up = told("total")
    assert.deepStrictEqual(addresses(up), ["draw", "square@power=0", "square@power=1", "square@power=2", "sum"])
    assert.strictEqual(up.edges.length, 6)
    const square = up.nodes.find(({ address }) => address === "square@power=2")!
    for (const name of ["square@power=2", square.key.slice(0, 12), square.digest.slice(0, 12)])
      assert.deepStrictEqual(addresses(told(name, "--down")), ["square@power=2", "sum"], name)
    assert.deepStrictEqual(addresses(told("draw", "--down", "--depth", "1")), [
      "draw",
      "square@power=0",
      "square@power=1",
      "square@power=2"
    ])
    assert.deepStrictEqual(addresses(told("square@*", "--up")), [
      "draw",
      "square@power=0",
      "square@power=1",
      "square@power=2"
    ])
    assert.strictEqual(ok("lineage", "square@power=1", "--up", "--down").stdout.trimEnd().split("\n").length, 4)
  })

  test("holds for results whose pipeline is gone", () => {
    const before = told("total")
    project.write("pipelines/squares.ts", "export default 3")
    project.write("stages/square.ts", "throw new Error()")
    assert.deepStrictEqual(told("total"), before)
  })

  test("is of the newest result at an address, and says of which pipeline, or of the one that is asked for", () => {
    project.write("pipelines/swept.ts", sweptOver("[5, 6]"))
    ok("run", "swept")
    assert.match(ok("lineage", "sum").stdout, /^sum .* of swept$/m)
    assert.match(ok("lineage", "sum", "-p", "squares").stdout, /^sum .* of squares$/m)
    assert.strictEqual(ok("lineage", "total").stdout.match(/^sum .* of (squares|swept)$/gm)?.length, 2)
    assert.match(ok("lineage", "total", "-p", "squares").stdout, /^sum .* of squares$/m)
    const refused = project.brink("lineage", "square", "-p", "swept")
    assert.deepStrictEqual([refused.code, /what the last runs of swept left/.test(refused.stderr)], [2, true])
  })

  test("refuses what was never made, and names that are near (UnknownAddress, NotFound)", () => {
    for (const [name, says] of [
      ["sun", "Did you mean sum?"],
      ["totl", "Did you mean total?"],
      ["00000000", 'begins with "00000000"']
    ] as const) {
      const { code, stderr } = project.brink("lineage", name)
      assert.strictEqual(code, 2)
      assert.include(stderr, says)
    }
  })
})
