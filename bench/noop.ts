/**
 * A run in which nothing is to be done: a cold process, a real pipeline file, so many stages that are up to date; beside
 * make, ninja and snakemake on the same graph.
 *
 *   node bench/noop.ts [stages] [rounds]
 */
import { join } from "node:path"
import { repository } from "../test/support/project.ts"
import { fill } from "./fill.ts"
import { against, type Cost, costOf, interleaved, say, tell } from "./measure.ts"
import { makePeers } from "./peers.ts"
import { sweepProject } from "./sweepProject.ts"

const [stages = 10_000, rounds = 7] = process.argv.slice(2).map(Number)
const program = join(repository, "src", "cli", "brink.mjs")
/** Snakemake takes minutes for more. */
const MOST_FOR_SNAKEMAKE = 20_000
const targets = stages <= 10_000 ? { seconds: 0.8, megabytes: 300 } : { seconds: 5, megabytes: 1000 }

const project = sweepProject(stages)
const count = await fill(project)
const brink = (): Cost => costOf(process.execPath, [program, "run", "sweep"], project.root)
brink()
const peers = makePeers(stages)
const { snakemake, ...quick } = peers.programs
const costs = interleaved(rounds, { brink, ...quick })
const own = costs.get("brink")!
say(`no-op of ${count} stages, median of ${rounds} cold runs in turn`)
for (const [name, cost] of costs) {
  const ratio = name === "brink" ? "" : `; brink / ${name} ${(own.seconds / cost.seconds).toFixed(2)}`
  say(`  ${name.padEnd(10)} ${tell(cost)}${ratio}`)
}
against(`no-op of ${count} stages`, own.seconds, targets.seconds, "s")
against("its peak memory", own.megabytes, targets.megabytes, "MB")
if (snakemake !== undefined && (stages <= MOST_FOR_SNAKEMAKE || process.argv.includes("--all"))) {
  const both = interleaved(3, { brink, snakemake })
  const [mine, theirs] = [both.get("brink")!, both.get("snakemake")!]
  const ratio = theirs.seconds / mine.seconds
  say(`  snakemake  ${tell(theirs)}`)
  say(
    `${ratio >= 6 ? "reached" : "MISSED "}  ${ratio.toFixed(1)} × as fast as snakemake (${theirs.seconds.toFixed(2)} s / ${mine.seconds.toFixed(2)} s), target 6 ×`
  )
}
peers.remove()
project.remove()
