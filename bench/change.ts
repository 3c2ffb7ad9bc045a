/**
 * `brink plan` after one parameter was changed that touches a hundred of many stages: the pipeline file is read, the graph
 * built and held against the store, in a cold process.
 *
 *   node bench/change.ts [stages] [rounds]
 */
import { join } from "node:path"
import { repository } from "../test/support/project.ts"
import { fill } from "./fill.ts"
import { against, costOf, medianCost, say, tell } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const [stages = 10_000, rounds = 7] = process.argv.slice(2).map(Number)
const TARGET_SECONDS = 1.2

const project = sweepProject(stages)
const count = await fill(project)
const program = join(repository, "src", "cli", "brink.mjs")
// Another value each time: the graph of none of them is remembered.
const plan = (offset: number) =>
  costOf(process.execPath, [program, "plan", "sweep", "--set", `offset=${offset}`], project.root)
plan(1)
const cost = medianCost(Array.from({ length: rounds }, (_, round) => plan(round + 2)))
const { stdout } = project.brink("plan", "sweep", "--set", "offset=1")
if (!stdout.includes("100 run")) throw new Error(`the change does not touch 100 stages:\n${stdout.slice(-300)}`)
say(`plan after a change that touches 100 of ${count} stages, median of ${rounds}: ${tell(cost)}`)
against("plan after a change", cost.seconds, TARGET_SECONDS, "s")
project.remove()
