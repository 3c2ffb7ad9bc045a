/** verify through the real command line: damage is found and heals, and what does not come out the same is found every time. */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Outcome, type Project } from "../support/project.ts"
import { moods, moody } from "./moods.ts"
import { filesIn } from "./trouble.ts"

interface Verdict {
  readonly type: string
  readonly verdict: string
  readonly address: string
  readonly key: string
  readonly first: { readonly digest: string; readonly host: string; readonly platform: string }
  readonly second: { readonly digest: string; readonly host: string; readonly platform: string }
  readonly changes: ReadonlyArray<{ readonly path: string }>
}

describe("verify", () => {
  let project: Project
  let store: string
  beforeAll(() => {
    project = makeProject(moody)
    store = join(project.root, "artifacts")
    for (const name of ["moods", "squares"]) assert.strictEqual(project.brink("run", name).code, 0)
  })
  afterAll(() => project.remove())

  const verdicts = ({ stdout }: Outcome): ReadonlyArray<Verdict> =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Verdict)
      .filter(({ type }) => type === "rerun")

  test("of a whole store ends with 0 and counts", () => {
    const { code, stdout } = project.brink("verify", "--all")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^13 records, \d+ objects of .*: every byte is as recorded$/m)
  })

  test("finds every stage that is not a function of what it takes, and none that is", () => {
    const outcome = project.brink("verify", "--rerun", "100%", "--json")
    assert.strictEqual(outcome.code, 4, outcome.stderr)
    const found = verdicts(outcome)
    assert.strictEqual(found.length, 13)
    const different = found.filter(({ verdict }) => verdict === "different")
    assert.deepStrictEqual(different.map(({ address }) => address).sort(), Object.keys(moods).sort())
    for (const { address, first, second, changes } of different) {
      const paths = changes.map(({ path }) => path)
      assert.strictEqual(paths[0], "drawn.value", address)
      assert.match(paths[1]!, /^bytes\.bin/, address)
      assert.strictEqual(paths.length, 2, address)
      assert.notStrictEqual(first.digest, second.digest)
      assert.strictEqual(first.host, second.host)
      assert.include(second.platform, process.arch)
    }
  })

  test("keeps the second result beside the first, which stays the one that is found", () => {
    const before = JSON.parse(project.brink("show", "random", "--pipeline", "moods").stdout)
    const folder = join(store, "ac", before.key.slice(0, 2))
    const second = readdirSync(folder).filter((name) => name.startsWith(before.key) && name.endsWith(".divergent"))
    assert.strictEqual(second.length, 1)
    assert.notInclude(second[0]!, before.result.output.digest.slice(0, 16))
    assert.strictEqual(project.brink("verify", "--all").code, 0)
    assert.strictEqual(project.brink("plan", "moods", "--check").code, 0)
    assert.deepStrictEqual(readdirSync(join(store, "scratch")), [])
  })

  test("draws a sample by a seed, the same for the same, and tells of each what it found", () => {
    const draw = (seed: string) =>
      verdicts(project.brink("verify", "--rerun", "3", "--seed", seed, "--json")).map(({ address }) => address)
    const [one, again, other] = [draw("1"), draw("1"), draw("2")]
    assert.strictEqual(one.length, 3)
    assert.deepStrictEqual([...one].sort(), [...again].sort())
    assert.notDeepEqual([...one].sort(), [...other].sort())
    const { code, stdout, stderr } = project.brink("verify", "--rerun", "100%", "steady", "random", "--seed", "5")
    assert.strictEqual(code, 4)
    assert.match(stdout, /^same {5}steady {3}/m)
    assert.match(
      stdout,
      /^DIFFERS {2}random {3}[0-9a-f]{12}\n {9}first: .*\n {9}second: .*kept beside the first\n {9}drawn\.value: 0\.\d+ → 0\.\d+$/m
    )
    assert.match(stdout, /^2 results made again: 1 the same, 1 different, 0 failed$/m)
    assert.include(stderr, "drawn by --seed 5")
  })

  test("says which results cannot be made again, and why", () => {
    project.edit("stages/steady.ts", "const value = 3", "const value = 4")
    rmSync(join(project.root, ".brink"), { recursive: true })
    const { code, stderr } = project.brink("verify", "--rerun", "100%", "steady")
    assert.strictEqual(code, 0)
    assert.include(stderr, "1 result cannot be made again: its code is gone")
    assert.match(stderr, /making 0 of 0 results again/)
    assert.strictEqual(
      project.brink("verify", "--rerun", "100%", "sum").code,
      0,
      "code that is as it was is bundled again"
    )
    project.edit("stages/steady.ts", "const value = 4", "const value = 3")
  })

  test("finds what is damaged with 4, sets it aside, and the next run makes it again", () => {
    const objects = filesIn(join(store, "cas"))
    const bin = objects.find((path) => readFileSync(path, "utf8") === "always 3")!
    chmodSync(bin, 0o644)
    writeFileSync(bin, "always 4")
    assert.strictEqual(project.brink("verify").code, 0, "its length is right")
    const { code, stdout } = project.brink("verify", "--all")
    assert.strictEqual(code, 4)
    assert.match(
      stdout,
      /^DAMAGED {2}object [0-9a-f]{12}: its bytes are not those that it is named by\n {9}of steady\n {9}set aside: /m
    )
    assert.deepStrictEqual(project.executed(project.brink("run", "moods")), ["steady"])
    assert.strictEqual(project.brink("verify", "--all").code, 0)
  })

  test("a forced stage that makes something else says so, and the new result holds with all that shows it", () => {
    const made = () => {
      const { key, result } = JSON.parse(project.brink("show", "random", "--pipeline", "moods").stdout)
      return { key, digest: result.output.digest as string }
    }
    const before = made()
    const { code, stderr } = project.brink("run", "moods", "--force", "random", "--force", "steady")
    assert.strictEqual(code, 0, stderr)
    const after = made()
    assert.strictEqual(after.key, before.key)
    const [one, two] = [before.digest.slice(0, 12), after.digest.slice(0, 12)]
    assert.notStrictEqual(one, two)
    assert.match(
      stderr,
      new RegExp(
        `^DIFF {2}random {3}made something else than in \\S+ \\(${one} → ${two}\\): the new result holds, `,
        "m"
      )
    )
    assert.include(stderr, "it depends on something that is not among its inputs")
    assert.notMatch(stderr, /^DIFF {2}steady/m)
    assert.include(stderr, "1 different from before")
    const latest = readFileSync(join(store, "latest", "moods", "random", "bytes.bin"))
    assert.isTrue(filesIn(join(store, "cas")).some((path) => readFileSync(path).equals(latest)))
    const value = JSON.parse(readFileSync(join(store, "latest", "moods", "random", "value.json"), "utf8")).drawn.value
    assert.strictEqual(latest.toString(), `always ${value}`)
    assert.include(project.brink("run", "moods").stderr, "up to date")
    const beside = readdirSync(join(store, "ac", before.key.slice(0, 2)))
    assert.include(beside, `${before.key}.${before.digest.slice(0, 16)}.divergent`)
    assert.strictEqual(project.brink("verify", "--all").code, 0)
  })

  test("refuses shares that are none, addresses that nothing was made at (UnknownAddress) or that are for nothing (AddressesUnused)", () => {
    for (const [args, says] of [
      ["--rerun 0", "expected a share such as 2%"],
      ["--rerun 101%", "expected a share"],
      ["--rerun 5 steadi", "Did you mean steady?"],
      ["steady", "addresses are for --rerun, got steady without it"]
    ] as const) {
      const { code, stdout, stderr } = project.brink("verify", ...args.split(" "))
      assert.strictEqual(code, 2, args)
      assert.include(stdout + stderr, says)
    }
  })
})
