/** What comes from outside, through the real command line: damaged files, Ctrl-C, much output. */
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, test } from "vitest"
import { makeProject, squares } from "../support/project.ts"
import { childrenOf, end, ended, filesIn, gone, outputUntil, overwrite, trouble } from "./trouble.ts"

describe("a store that comes to harm", () => {
  test("heals: a changed object is made again when it is read, a deleted one when it is planned", () => {
    const project = makeProject(trouble)
    try {
      assert.strictEqual(project.brink("run", "trouble").code, 0)
      const large = filesIn(join(project.root, "artifacts", "cas")).find(
        (path) => readFileSync(path).byteLength === 6000
      )!
      const whole = readFileSync(large)
      overwrite(large, whole.with(17, whole[17]! ^ 1))
      project.edit("stages/weigh.ts", "a + b, 0)", "a + b, 1)")
      const flipped = project.brink("run", "trouble")
      assert.strictEqual(flipped.code, 0, flipped.stderr)
      assert.deepStrictEqual(project.executed(flipped), ["fill", "weigh"])
      assert.match(flipped.stderr, /^heal {2}fill {3}object [0-9a-f]{12} is damaged or gone$/m)
      assert.deepStrictEqual(readFileSync(large), whole)
      overwrite(large, undefined)
      const deleted = project.brink("run", "trouble")
      assert.deepStrictEqual(project.executed(deleted), ["fill"])
      assert.match(deleted.stderr, /run {3}fill {3}its output is not whole: object [0-9a-f]{12} has gone/)
      assert.deepStrictEqual(readFileSync(large), whole)
    } finally {
      project.remove()
    }
  })
})

describe("a run that has nothing to do", () => {
  test("makes again what proves damaged or gone when it is linked, and ends well", () => {
    const project = makeProject(squares)
    try {
      project.edit("stages/artifacts.ts", "total: Schema.Finite", "total: Schema.Finite, note: Schema.String")
      project.edit("stages/sum.ts", "({ total:", '({ note: "so it is no part of a record ".repeat(200), total:')
      assert.strictEqual(project.brink("run", "squares").code, 0)
      const note = join(project.root, "artifacts", "latest", "squares", "total", "value.json")
      const whole = readFileSync(note)
      const [large] = filesIn(join(project.root, "artifacts", "cas")).filter(
        (path) => readFileSync(path).byteLength > 5000
      )
      overwrite(large!, readFileSync(large!).with(100, 0))
      rmSync(join(project.root, "artifacts", "latest"), { recursive: true })
      const healed = project.brink("run", "squares")
      assert.strictEqual(healed.code, 0, healed.stderr)
      assert.deepStrictEqual(project.executed(healed), ["sum"])
      assert.deepStrictEqual(readFileSync(note), whole)
    } finally {
      project.remove()
    }
  })
})

describe("Ctrl-C", () => {
  test("stops in order with 130, leaves nothing running, and the next run goes on", async () => {
    const project = makeProject(trouble)
    try {
      const child = project.start("run", "trouble", "--set", "mode=wait")
      await outputUntil(child, "run   trouble")
      const running = JSON.parse(project.brink("status", "--json").stdout)
      const addresses = running.running.map(({ address }: { readonly address: string }) => address)
      assert.include(addresses, "trouble")
      const rest = outputUntil(child, "stopped: what was finished is kept")
      const since = performance.now()
      child.kill("SIGINT")
      assert.include(await rest, "stopping: running stages save their state")
      assert.strictEqual(await ended(child), 130)
      assert.isBelow(performance.now() - since, 4_500, "it waited for a stage that saves nothing")
      const status = project.brink("status").stdout
      assert.include(status, "nothing is running")
      assert.match(status, /last run: .* interrupted/)
      writeFileSync(join(project.root, "go"), "")
      const again = project.brink("run", "trouble", "--set", "mode=wait")
      assert.strictEqual(again.code, 0, again.stderr)
      assert.includeMembers([...project.executed(again)], ["sum", "trouble"])
      assert.notInclude(project.executed(again), "draw")
    } finally {
      project.remove()
    }
  })

  test("twice does not wait for a stage that does not listen, and ends it", async () => {
    const project = makeProject(trouble)
    const child = project.start("run", "trouble", "--set", "mode=deaf", "--grace", "600")
    await outputUntil(child, "run   trouble")
    const workers = childrenOf(child.pid!)
    try {
      assert.isNotEmpty(workers)
      const stopping = outputUntil(child, "stopping:")
      child.kill("SIGINT")
      await stopping
      child.kill("SIGINT")
      assert.strictEqual(await ended(child), 130)
      assert.include(project.brink("status").stdout, "nothing is running")
      assert.isTrue(await gone(workers, 5_000), "a worker goes on though nobody waits for it")
    } finally {
      end(workers)
      project.remove()
    }
  })
})

describe("a second run of what another run is at", () => {
  test("says whom it waits for, is known to wait, goes on with what is ready, and takes what the other made", async () => {
    const project = makeProject(trouble)
    try {
      const first = project.start("run", "trouble", "--set", "mode=wait")
      await outputUntil(first, "run   trouble")
      const outcomeOf = () =>
        (JSON.parse(project.brink("runs", "--json", "--most", "1").stdout) as { readonly outcome: string }).outcome
      const second = project.start("run", "trouble", "--set", "mode=wait", "--set", "size=50", "-j", "1")
      const told = outputUntil(second, "done  weigh")
      const said = await outputUntil(second, "wait  trouble")
      assert.match(
        said,
        new RegExp(`^wait {2}trouble {3}it is being made by process ${first.pid} on \\S+, of run `, "m")
      )
      await told
      assert.strictEqual(outcomeOf(), "waiting")
      assert.include(project.brink("status").stdout, "waiting")
      const rest = outputUntil(second, "6 stages:")
      writeFileSync(join(project.root, "go"), "")
      assert.deepStrictEqual([await ended(first), await ended(second)], [0, 0])
      assert.notInclude(await rest, "done  trouble")
      assert.strictEqual(outcomeOf(), "done")
    } finally {
      project.remove()
    }
  })
})

describe("where a run says that its results are", () => {
  test("it has brought them there; it names those that are of an earlier run, and what is not there is not said to be", () => {
    const project = makeProject(trouble)
    try {
      const told = (...args: ReadonlyArray<string>) =>
        project
          .brink("run", "trouble", ...args)
          .stderr.split("\n")
          .filter((line) => line.includes("artifacts/latest"))
      const folder = "artifacts/latest/trouble"
      assert.deepStrictEqual(told("total", "--set", "mode=fail"), [])
      assert.deepStrictEqual(told("--set", "mode=fail", "-k"), [`results: ${folder} (aside, weight)`])
      assert.deepStrictEqual(told(), [`results: ${folder}`])
      assert.deepStrictEqual(told("--set", "mode=fail", "--set", "size=70", "-k"), [
        `results: ${folder} (aside, weight)`,
        `of an earlier run: ${folder} (total)`
      ])
      assert.deepStrictEqual(told("total", "--set", "mode=throw"), [
        `of an earlier run: ${folder} (total, aside, weight)`
      ])
      assert.deepStrictEqual(told(), [`results: ${folder}`])
    } finally {
      project.remove()
    }
  })
})

describe("the log of a stage", () => {
  test("holds all that it wrote, to the last byte before it failed, and nothing of another's", () => {
    const project = makeProject(trouble)
    try {
      for (const mode of ["loud", "loud-fail"]) {
        const outcome = project.brink("run", "trouble", "--set", `mode=${mode}`, "-j", "1")
        assert.strictEqual(outcome.code, mode === "loud" ? 0 : 1, outcome.stderr)
        const { stdout } = project.brink("logs", "trouble")
        assert.strictEqual(stdout.split("\n").filter((line) => /^line \d+ x+$/.test(line)).length, 3000)
        assert.include(stdout, `the end of ${mode}`)
        if (mode === "loud-fail") assert.include(stdout, "Broken: the pump is broken")
        assert.notInclude(project.brink("logs", "sum").stdout, "line")
      }
    } finally {
      project.remove()
    }
  })
})
