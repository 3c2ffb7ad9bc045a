/** brink started with a Node too old to read TypeScript: the one that it starts instead is as good as itself. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, test } from "vitest"
import { makeProject, type Project, repository } from "../support/project.ts"
import { childrenOf, end, ended, gone, outputUntil, trouble, until } from "./trouble.ts"

/** A Node that cannot read TypeScript, if there is one on this machine. */
const oldNode = [
  process.env["BRINK_OLD_NODE"] ?? "",
  "/usr/bin/node",
  "/usr/local/bin/node",
  "/opt/homebrew/bin/node"
].find(
  (path) =>
    path !== "" &&
    spawnSync(path, ["-p", "Boolean(process.features.typescript)"], { encoding: "utf8" }).stdout?.trim() === "false"
)

describe.skipIf(oldNode === undefined)("a launcher (skipped where there is no older Node, see BRINK_OLD_NODE)", () => {
  let project: Project
  beforeAll(() => {
    project = makeProject(trouble)
  })
  afterAll(() => project.remove())

  /** Leads a group of processes, as what is started from a terminal does. */
  const launch = (...args: ReadonlyArray<string>): ChildProcess =>
    spawn(oldNode!, [join(repository, "src", "cli", "brink.mjs"), ...args], {
      cwd: project.root,
      env: { ...process.env, NO_COLOR: "1", TERM: "dumb" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true
    })

  /** Every process that came of one, itself left out. */
  const below = (pid: number): ReadonlyArray<number> => childrenOf(pid).flatMap((child) => [child, ...below(child)])

  test("hands over arguments, output and exit code", async () => {
    const child = launch("plan", "troubel")
    assert.include(await outputUntil(child, "Did you mean trouble?"), 'no pipeline "troubel"')
    assert.strictEqual(await ended(child), 2)
  })

  /** The controller and its workers, once there is one. */
  const started = async (child: ChildProcess): Promise<ReadonlyArray<number>> => {
    await outputUntil(child, "run   trouble")
    assert.isTrue(await until(() => below(child.pid!).length > 1))
    return below(child.pid!)
  }

  /** Starts a stage that waits, signals, and tells how it ended and what was said. */
  const stopped = async (signal: (launcher: number) => void) => {
    const child = launch("run", "trouble", "--set", "mode=wait")
    const others = await started(child)
    try {
      const rest = outputUntil(child, "stopped: what was finished is kept")
      signal(child.pid!)
      const code = await ended(child)
      return { code, said: await rest, left: !(await gone(others, 5_000)) }
    } finally {
      end(others)
    }
  }

  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)
    for (const [who, sign] of [
      ["it alone", 1],
      ["all that a terminal would tell", -1]
    ] as const)
      test(`that ${name} reaches, ${who}, stops its run in order and ends after it`, async () => {
        const outcome = await stopped((pid) => process.kill(sign * pid, name))
        assert.strictEqual(outcome.code, code)
        assert.strictEqual(outcome.said.split("stopping: running stages save their state").length, 2)
        assert.include(outcome.said, "stopped: what was finished is kept")
        assert.isFalse(outcome.left, "something goes on though its launcher has ended")
      })

  test("that SIGHUP reaches ends by it, and so does its run", async () => {
    const outcome = await stopped((pid) => process.kill(pid, "SIGHUP"))
    assert.strictEqual(outcome.code, "SIGHUP")
    assert.isFalse(outcome.left, "something goes on though its launcher has ended")
  })

  test("that is killed leaves nothing behind that goes on", async () => {
    const child = launch("run", "trouble", "--set", "mode=wait")
    const others = await started(child)
    try {
      child.kill("SIGKILL")
      assert.isTrue(await gone(others, 10_000), "the run goes on though its launcher was killed")
    } finally {
      end(others)
    }
  })

  test("that SIGINT reaches twice does not wait for a stage that does not listen", async () => {
    const child = launch("run", "trouble", "--set", "mode=deaf", "--grace", "600")
    const others = await started(child)
    try {
      const stopping = outputUntil(child, "stopping:")
      child.kill("SIGINT")
      await stopping
      child.kill("SIGINT")
      assert.strictEqual(await ended(child), 130)
      assert.isTrue(await gone(others, 5_000), "a worker goes on though nobody waits for it")
    } finally {
      end(others)
    }
  })
})
