/**
 * What the torture scripts have in common: processes that are started and killed, and stores that are looked into after.
 */
import { type ChildProcess, spawnSync } from "node:child_process"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Disk, layer as layerDisk } from "../../src/pipeline/Disk.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import { layer as layerStore, Store } from "../../src/pipeline/Store.ts"
import type { Project } from "../support/project.ts"

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Says how it went, and ends the program so. */
export const verdict = (passed: boolean): void => {
  say(passed ? "passed" : "FAILED")
  process.exitCode = passed ? 0 : 1
}

/** The exit code of a process, once it has ended and said all; `null` where a signal ended it. */
export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.once("close", done))

/** All that a process writes to its standard error. */
export const errorsOf = (child: ChildProcess): { readonly text: () => string } => {
  let text = ""
  child.stderr!.on("data", (chunk: Buffer) => {
    text += chunk.toString()
  })
  child.stdout?.resume()
  return { text: () => text }
}

export const workersOf = (child: ChildProcess): ReadonlyArray<number> =>
  spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line !== "")
    .map(Number)

export const kill = (pids: ReadonlyArray<number>, signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended by itself in the meantime.
    }
  }
}

/** Asks a store something, as a process of its own would. */
export const ask = <A, E>(root: string, question: Effect.Effect<A, E, Store | Disk>): Promise<A> =>
  Effect.runPromise(Effect.provide(question, layerStore(root).pipe(Layer.provideMerge(layerDisk))))

/** The events of all runs of a store. */
export const eventsOf = (root: string): Promise<ReadonlyArray<Journal.Recorded>> =>
  ask(
    root,
    Effect.gen(function* () {
      const all: Array<Journal.Recorded> = []
      for (const run of [...(yield* Journal.runs(root))].reverse()) all.push(...(yield* Journal.events(root, run)))
      return all
    })
  )

/** How many actions finished, and how many of them had finished before. */
export const finishedTwice = (
  events: ReadonlyArray<Journal.Recorded>
): { readonly finished: number; readonly twice: number } => {
  const keys = events.flatMap((event) => (event.type === "action-finished" ? [event.key] : []))
  return { finished: keys.length, twice: keys.length - new Set(keys).size }
}

/** Address → digest of what it made, for all that is up to date in a store, as `brink plan --json` tells. */
export const digestsOf = (project: Pick<Project, "brink">, root: string, ...args: ReadonlyArray<string>) => {
  const { code, stdout, stderr } = project.brink("plan", ...args, "--json", "--store", root)
  if (code !== 0) throw new Error(stderr)
  const entries = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly address: string; readonly state: string; readonly key: string })
  return ask(
    root,
    Effect.gen(function* () {
      const store = yield* Store
      const digests = new Map<string, string>()
      for (const { address, state, key } of entries) {
        if (state !== "hit") continue
        const found = yield* store.find(key)
        if (found._tag === "Hit") digests.set(address, found.result.output.digest)
      }
      return digests
    })
  )
}

/** Addresses of one store whose values are others in another, or are not there. */
export const different = (
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>
): ReadonlyArray<string> =>
  [...expected].filter(([address, digest]) => actual.get(address) !== digest).map(([address]) => address)
