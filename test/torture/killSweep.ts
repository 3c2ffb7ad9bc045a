/**
 * Kills a real sweep at random moments and lets it go on, until it is done: nothing finished may run again, no more than
 * a checkpoint interval may be lost, and every artifact must have the digest of an uninterrupted run.
 *
 *   node test/torture/killSweep.ts [kills] [seed] [brink arguments …]
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer as layerDisk } from "../../src/pipeline/Disk.ts"
import { type Found, layer as layerStore, Store } from "../../src/pipeline/Store.ts"
import { fromSeed, split, uniform } from "../../src/random/Prng.ts"

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..")
const program = join(repository, "src", "cli", "brink.mjs")
const INTERVAL_SECONDS = 10
/** A state is offered after a chunk of steps, and written to a busy disk. */
const SLACK_SECONDS = 3

const [killsText = "20", seed = "1", ...rest] = process.argv.slice(2)
const kills = Number(killsText)
const settings = rest.length > 0 ? rest : ["quickstart"]
const say = (text: string): void => void process.stdout.write(`${text}\n`)

interface Event {
  readonly type: string
  readonly at: number
  readonly address: string
  readonly key: string
  readonly output: string
}

const start = (store: string): ChildProcess =>
  spawn(
    process.execPath,
    [program, "run", ...settings, "--store", store, "--checkpoint-interval", String(INTERVAL_SECONDS)],
    { cwd: repository, stdio: ["ignore", "ignore", "pipe"] }
  )

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((done) => child.once("exit", done))

const workersOf = (child: ChildProcess): ReadonlyArray<number> =>
  spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line !== "")
    .map(Number)

const killAll = (pids: ReadonlyArray<number>): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It has ended by itself in the meantime.
    }
  }
}

const eventsOf = (store: string): ReadonlyArray<Event> =>
  [...namesIn(join(store, "runs"))].sort().flatMap((run) =>
    namesIn(join(store, "runs", run))
      .filter((name) => name.startsWith("events."))
      .flatMap((name) =>
        readFileSync(join(store, "runs", run, name), "utf8")
          .split("\n")
          .flatMap((line) => {
            try {
              return [JSON.parse(line) as Event]
            } catch {
              return []
            }
          })
      )
  )

/** Names in a folder; none where there is no folder yet. */
const namesIn = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

const modifiedAt = (path: string): number => {
  try {
    return statSync(path).mtimeMs
  } catch {
    return 0
  }
}

/** What a store has for a key. */
const find = (store: string, key: string): Promise<Found> =>
  Effect.runPromise(
    Effect.flatMap(Store, (service) => service.find(key)).pipe(
      Effect.provide(layerStore(store).pipe(Layer.provideMerge(layerDisk)))
    )
  )

/** Seconds of work that a kill at `at` has cost the action that lost most: since its last checkpoint, or its start. */
const lostSeconds = async (store: string, at: number): Promise<number> => {
  const running = new Map<string, number>()
  for (const event of eventsOf(store)) {
    // What earlier runs lost was counted at their own kills.
    if (event.type === "run-started") running.clear()
    if (event.type === "action-started") running.set(event.key, event.at)
    if (event.type === "action-finished") running.delete(event.key)
  }
  let most = 0
  for (const [key, since] of running) {
    if ((await find(store, key))._tag === "Hit") continue
    const states = namesIn(join(store, "ckpt")).flatMap((family) =>
      namesIn(join(store, "ckpt", family))
        .filter((name) => name.startsWith(`${key}.`))
        .map((name) => join(store, "ckpt", family, name))
    )
    const last = Math.max(since, ...states.map(modifiedAt))
    most = Math.max(most, (at - last) / 1000)
  }
  return most
}

/** Address → digest of what it made, of the keys that a whole run found or made. */
const digestsOf = async (store: string): Promise<ReadonlyMap<string, string>> => {
  const last = readdirSync(join(store, "runs")).sort().at(-1)!
  const { made } = JSON.parse(readFileSync(join(store, "runs", last, "run.json"), "utf8")) as {
    readonly made: Readonly<Record<string, string>>
  }
  const digests = new Map<string, string>()
  for (const [address, key] of Object.entries(made)) {
    const found = await find(store, key)
    if (found._tag === "Hit") digests.set(address, found.result.output.digest)
  }
  return digests
}

const folder = mkdtempSync(join(tmpdir(), "brink-kills-"))
const untouched = join(folder, "untouched")
const killed = join(folder, "killed")
say(`seed ${seed}, ${kills} kills, brink run ${settings.join(" ")}`)

const begun = Date.now()
if ((await ended(start(untouched))) !== 0) throw new Error("the uninterrupted run failed")
const wholeSeconds = (Date.now() - begun) / 1000
say(`uninterrupted: ${wholeSeconds.toFixed(1)} s`)

const delays = uniform(split(fromSeed(seed), "delay"), kills, 1, Math.max(3, (1.5 * wholeSeconds) / kills))
const choices = uniform(split(fromSeed(seed), "choice"), kills, 0, 3)
let mostLost = 0
let twice = 0
const countTwice = (): void => {
  const finished = eventsOf(killed).filter((event) => event.type === "action-finished")
  twice += finished.length - new Set(finished.map((event) => event.key)).size
}
for (let i = 0; i < kills; ) {
  const child = start(killed)
  const whole = await Promise.race([ended(child), wait(1000 * delays[i]!).then(() => undefined)])
  if (whole === 0) {
    say(`done before kill ${i + 1}: once more from nothing`)
    countTwice()
    rmSync(killed, { recursive: true, force: true })
    continue
  }
  const workers = workersOf(child)
  const whom = choices[i]! < 1 ? "the controller" : choices[i]! < 2 && workers.length > 0 ? "a worker" : "all"
  const at = Date.now()
  killAll(
    whom === "the controller" ? [child.pid!] : whom === "a worker" ? workers.slice(0, 1) : [child.pid!, ...workers]
  )
  const lost = await lostSeconds(killed, at)
  mostLost = Math.max(mostLost, lost)
  say(`kill ${i + 1} of ${whom} after ${delays[i]!.toFixed(1)} s: ${lost.toFixed(1)} s of work lost at most`)
  i++
  await ended(child)
}
if ((await ended(start(killed))) !== 0) throw new Error("the last run failed")

countTwice()
const expected = await digestsOf(untouched)
const actual = await digestsOf(killed)
const different = [...expected].filter(([address, digest]) => actual.get(address) !== digest)
for (const [address] of different) say(`different: ${address}`)
say(
  `${expected.size} artifacts, ${different.length} different; ${twice} actions finished twice; at most ${mostLost.toFixed(1)} s lost (interval ${INTERVAL_SECONDS} s)`
)
rmSync(folder, { recursive: true, force: true })
const passed = different.length === 0 && twice === 0 && mostLost <= INTERVAL_SECONDS + SLACK_SECONDS
say(passed ? "passed" : "FAILED")
process.exitCode = passed ? 0 : 1
