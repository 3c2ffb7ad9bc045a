/**
 * What an action costs as a store grows from a thousand actions to a hundred thousand: bytes on disk, for its result and the
 * journal, and the time to execute one more.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { type Benchmark, median } from "../figures.ts"
import { fill } from "./fill.ts"
import { runSweep } from "./inProcess.ts"
import { within } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const SIZES = [1_000, 10_000, 100_000]
const ROUNDS = 3
const TARGET_BYTES = 2048
/** A hundred actions are too few to tell a small difference from noise. */
const TARGET_RATIO = 1.25

/** Blocks that a folder takes, as the file system counts them. */
const bytesOnDisk = (folder: string): number =>
  1024 * Number(spawnSync("du", ["-sk", folder], { encoding: "utf8" }).stdout.split("\t")[0])

export const growth: Benchmark = async (print) => {
  const projects = []
  for (const size of SIZES) {
    const project = sweepProject(size)
    const count = await fill(project)
    const bytes = bytesOnDisk(join(project.root, "artifacts")) / count
    print(`${count} actions: ${bytes.toFixed(0)} bytes each on disk, results and journal`)
    projects.push({ project, count, bytes, medians: [] as Array<number> })
  }
  // In turn, so that a busy machine is busy for all of them.
  for (let round = 1; round <= ROUNDS; round++)
    for (const { project, medians } of projects)
      medians.push(median(await runSweep(project, "this process", { offset: String(round) })))
  for (const { count, medians } of projects)
    print(`on ${count} actions: ${medians.map((ms) => ms.toFixed(2)).join(", ")} ms for one more in ${ROUNDS} rounds`)
  for (const { project } of projects) project.remove()
  const [first, last] = [projects[0]!, projects.at(-1)!]
  return [
    within(`bytes on disk of an action of ${last.count}`, last.bytes, TARGET_BYTES, "bytes"),
    {
      name: `one more action on ${last.count} / on ${first.count}`,
      ratio: median(last.medians) / median(first.medians),
      target: TARGET_RATIO,
      better: "lower",
      raw: { unit: "ms", [last.count]: last.medians, [first.count]: first.medians }
    }
  ]
}
