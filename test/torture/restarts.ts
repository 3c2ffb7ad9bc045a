/**
 * Kills the command line at random moments and starts it again, on a sweep of trivial stages that changes whenever it is
 * done. Nothing is ever done by hand: the next run simply goes on, never speaks of a lock, and ends with the values of runs
 * that were left alone.
 *
 *   node test/torture/restarts.ts [cycles] [seed]
 */
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { sweepProject } from "../../bench/pipeline/sweepProject.ts"
import { drawer } from "../support/draw.ts"
import {
  different,
  digestsOf,
  ended,
  errorsOf,
  eventsOf,
  finishedTwice,
  kill,
  say,
  verdict,
  workersOf
} from "./support.ts"

const [cyclesText = "1000", seedText = "1"] = process.argv.slice(2)
const cycles = Number(cyclesText)
const draw = drawer(Number(seedText))
const CELLS = 300
const LONGEST_SECONDS = 1.6

const project = sweepProject(CELLS)
const root = (name: string): string => join(project.root, name)
const start = (store: string, offset: number) =>
  project.start("run", "sweep", "--set", `offset=${offset}`, "--store", root(store), "-j", "2")

/** Whom a kill hits, and how. */
const victims = [
  ["the controller", "SIGKILL"],
  ["a worker", "SIGKILL"],
  ["all", "SIGKILL"],
  ["the controller", "SIGTERM"],
  ["the controller", "SIGINT"]
] as const

say(`seed ${seedText}, ${cycles} cycles`)
let offset = 0
let killed = 0
let failures = 0
const locked: Array<string> = []
for (let cycle = 1; cycle <= cycles; cycle++) {
  const child = start("killed", offset)
  const errors = errorsOf(child)
  const code = await Promise.race([ended(child), wait(1000 * draw.number(0.05, LONGEST_SECONDS)).then(() => "running")])
  if (code === "running") {
    const [whom, signal] = victims[draw.index(victims.length)]!
    const workers = workersOf(child)
    kill(
      whom === "the controller" ? [child.pid!] : whom === "all" ? [child.pid!, ...workers] : workers.slice(0, 1),
      signal
    )
    killed++
    // A run that lost a worker tells so, and ends.
    await ended(child)
  } else if (code === 0) offset++
  else {
    failures++
    say(`cycle ${cycle} ended with ${code}: ${errors.text().slice(-500)}`)
  }
  if (/\block/i.test(errors.text())) locked.push(errors.text())
  if (cycle % 50 === 0) say(`${cycle} cycles, ${killed} kills, ${offset} sweeps done`)
}

let wrong = 0
for (let at = 0; at <= offset; at++) {
  for (const store of ["killed", "untouched"]) if ((await ended(start(store, at))) !== 0) failures++
  const [expected, actual] = await Promise.all(
    ["untouched", "killed"].map((store) => digestsOf(project, root(store), "sweep", "--set", `offset=${at}`))
  )
  const lost = different(expected!, actual!)
  if (expected!.size < CELLS) failures++
  for (const address of lost) say(`offset ${at}: ${address} is different`)
  wrong += lost.length
}
const { finished, twice } = finishedTwice(await eventsOf(root("killed")))
say(
  `${cycles} cycles, ${killed} kills, ${offset + 1} sweeps of ${CELLS} cells, ${finished} actions, ${twice} of them twice; ` +
    `0 steps by hand, ${locked.length} messages of a lock, ${failures} failures, ${wrong} wrong values`
)
for (const text of locked.slice(0, 3)) say(text)
project.remove()
verdict(wrong === 0 && failures === 0 && locked.length === 0)
