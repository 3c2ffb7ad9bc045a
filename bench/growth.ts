/**
 * What an action costs as a store grows: bytes on disk, for its result and the journal, and the time to execute one more.
 *
 *   node bench/growth.ts [sizes …]
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fill } from "./fill.ts"
import { runSweep } from "./inProcess.ts"
import { against, median, say } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000, 100_000]
const ROUNDS = 3
const TARGET_BYTES = 2048
/** A hundred actions are too few to tell a small difference from noise. */
const TARGET_RATIO = 1.25

/** Blocks that a folder takes, as the file system counts them. */
const bytesOnDisk = (folder: string): number =>
  1024 * Number(spawnSync("du", ["-sk", folder], { encoding: "utf8" }).stdout.split("\t")[0])

const projects = []
for (const size of sizes) {
  const project = sweepProject(size)
  const count = await fill(project)
  const bytes = bytesOnDisk(join(project.root, "artifacts")) / count
  say(`${count} actions: ${bytes.toFixed(0)} bytes each on disk, results and journal`)
  projects.push({ project, count, bytes, medians: [] as Array<number> })
}
// In turn, so that a busy machine is busy for all of them.
for (let round = 1; round <= ROUNDS; round++)
  for (const { project, medians } of projects)
    medians.push(median(await runSweep(project, "this process", { offset: String(round) })))
for (const { count, medians } of projects)
  say(
    `on ${count} actions: ${median(medians).toFixed(2)} ms for one more (rounds: ${medians.map((ms) => ms.toFixed(2)).join(", ")})`
  )
const [first, last] = [projects[0]!, projects.at(-1)!]
against(`bytes an action of ${last.count}`, last.bytes, TARGET_BYTES, "bytes")
against(
  `time an action of ${last.count} against that of ${first.count}`,
  median(last.medians) / median(first.medians),
  TARGET_RATIO,
  "times"
)
for (const { project } of projects) project.remove()
