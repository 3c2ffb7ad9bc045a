/**
 * Kills a run of any pipeline at random moments and lets it go on, until it is done: nothing finished may run again, no
 * more than a checkpoint interval may be lost at each kill, and every artifact must have the digest of an uninterrupted run.
 *
 *   node test/torture/killSweep.ts [kills] [seed] [--project folder] [brink run's arguments …]
 *
 * It trains the quickstart's networks where no pipeline is named.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { Store } from "../../src/pipeline/Store.ts"
import { drawer } from "../support/draw.ts"
import { projectAt, repository } from "../support/project.ts"
import { ask, different, digestsOf, ended, eventsOf, finishedTwice, kill, say, verdict, workersOf } from "./support.ts"

const program = join(repository, "src", "cli", "brink.mjs")
/** Between saved states, where nothing is killed. */
const LONGEST_INTERVAL_SECONDS = 10
/** A state is offered after a chunk of steps, and written to a busy disk. */
const SLACK_SECONDS = 3

const args = process.argv.slice(2)
const at = args.indexOf("--project")
const folder = resolve(at < 0 ? repository : args.splice(at, 2)[1]!)
const [killsText = "20", seedText = "1", ...rest] = args
const kills = Number(killsText)
const settings = rest.length > 0 ? rest : ["quickstart"]
const draw = drawer(Number(seedText))

const start = (store: string, intervalSeconds: number): ChildProcess =>
  spawn(
    process.execPath,
    [program, "run", ...settings, "--store", store, "--checkpoint-interval", String(intervalSeconds)],
    { cwd: folder, stdio: "ignore" }
  )

/** When the newest state of an action was saved; 0 where none is. */
const savedAt = (store: string, key: string): number => {
  let newest = 0
  try {
    for (const path of readdirSync(join(store, "ckpt"), { recursive: true, encoding: "utf8" }))
      if (path.includes(key)) newest = Math.max(newest, statSync(join(store, "ckpt", path)).mtimeMs)
  } catch {
    // Nothing was saved yet, or just now dropped.
  }
  return newest
}

interface Lost {
  /** Seconds of work of the action that lost most, and of all that ran: since their last states, or their beginnings. */
  readonly most: number
  readonly total: number
  readonly running: number
}

const lostAt = async (store: string, now: number): Promise<Lost> => {
  const running = new Map<string, number>()
  for (const event of await eventsOf(store)) {
    // What earlier runs lost was counted at their own kills.
    if (event.type === "run-started") running.clear()
    if (event.type === "action-started") running.set(event.key, event.at)
    if (event.type === "action-finished") running.delete(event.key)
  }
  const seconds: Array<number> = []
  for (const [key, since] of running) {
    const found = await ask(
      store,
      Effect.flatMap(Store, ({ find }) => find(key))
    )
    if (found._tag !== "Hit") seconds.push((now - Math.max(since, savedAt(store, key))) / 1000)
  }
  return { most: Math.max(0, ...seconds), total: seconds.reduce((a, b) => a + b, 0), running: seconds.length }
}

const scratch = mkdtempSync(join(tmpdir(), "brink-kills-"))
const untouched = join(scratch, "untouched")
const killed = join(scratch, "killed")
say(`seed ${seedText}, ${kills} kills, brink run ${settings.join(" ")} in ${folder}`)

const begun = Date.now()
if ((await ended(start(untouched, LONGEST_INTERVAL_SECONDS))) !== 0) throw new Error("the uninterrupted run failed")
const wholeSeconds = (Date.now() - begun) / 1000
say(`uninterrupted: ${wholeSeconds.toFixed(1)} s`)

const longest = Math.max(3, (1.5 * wholeSeconds) / kills)
// Several states between two kills, so that work goes on: otherwise all of them would hit the same few actions.
const interval = Math.min(LONGEST_INTERVAL_SECONDS, Math.max(1, Math.floor(longest / 3)))
const soonest = Math.min(1, wholeSeconds / 4)
let [most, total, hits, done, finished, twice] = [0, 0, 0, 0, 0, 0]
const count = async (): Promise<void> => {
  const counted = finishedTwice(await eventsOf(killed))
  finished += counted.finished
  twice += counted.twice
}
while (done < kills) {
  const child = start(killed, interval)
  const delay = draw.number(soonest, longest)
  const whole = await Promise.race([ended(child), wait(1000 * delay).then(() => undefined)])
  if (whole === 0) {
    // It is done sooner than it is killed often enough: then once more from nothing.
    say(`done before kill ${done + 1}; from nothing again`)
    await count()
    rmSync(killed, { recursive: true, force: true })
    continue
  }
  const workers = workersOf(child)
  const chosen = draw.index(3)
  const whom = chosen === 0 ? "the controller" : chosen === 1 && workers.length > 0 ? "a worker" : "all"
  const now = Date.now()
  kill(
    whom === "the controller" ? [child.pid!] : whom === "a worker" ? workers.slice(0, 1) : [child.pid!, ...workers],
    "SIGKILL"
  )
  const lost = await lostAt(killed, now)
  most = Math.max(most, lost.most)
  total += lost.total
  if (lost.running > 0) hits++
  done++
  say(
    `kill ${done} of ${whom} after ${delay.toFixed(1)} s: ${lost.running} ran, at most ${lost.most.toFixed(1)} s lost`
  )
  await ended(child)
}
if ((await ended(start(killed, interval))) !== 0) throw new Error("the last run failed")

await count()
const project = projectAt(folder)
const expected = await digestsOf(project, untouched, ...settings)
const wrong = different(expected, await digestsOf(project, killed, ...settings))
for (const address of wrong) say(`different: ${address}`)
say(
  `${done} kills, ${hits} of them in the middle of an action: at most ${most.toFixed(1)} s lost at one (interval ` +
    `${interval} s), ${(total / Math.max(1, hits)).toFixed(1)} s on average; ${expected.size} artifacts, ` +
    `${wrong.length} different; ${finished} actions, ${twice} of them finished twice`
)
rmSync(scratch, { recursive: true, force: true })
verdict(wrong.length === 0 && twice === 0 && most <= interval + SLACK_SECONDS)
