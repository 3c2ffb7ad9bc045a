/**
 * `brink plan` after one parameter was changed that touches a hundred of ten thousand stages: the pipeline file is read, the
 * graph built and held against the store, in a cold process.
 */
import type { Benchmark } from "../figures.ts"
import { fill } from "./fill.ts"
import { brink, costLine, medianCost, within } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const STAGES = 10_000
const ROUNDS = 7
const TARGET_SECONDS = 1.2

export const change: Benchmark = async (print) => {
  const project = sweepProject(STAGES)
  const count = await fill(project)
  // Another value each time: the graph of none of them is remembered.
  const plan = (offset: number) => brink(project, "plan", "sweep", "--set", `offset=${offset}`)
  plan(1)
  const cost = medianCost(Array.from({ length: ROUNDS }, (_, round) => plan(round + 2)))
  const { stdout } = project.brink("plan", "sweep", "--set", "offset=1")
  if (!stdout.includes("100 run")) throw new Error(`the change does not touch 100 stages:\n${stdout.slice(-300)}`)
  print(`plan after a change that touches 100 of ${count} stages, median of ${ROUNDS}`)
  print(costLine("brink", cost))
  project.remove()
  return [
    within(`plan of ${count} stages, 100 changed`, cost.seconds, TARGET_SECONDS, "s", { cpuSeconds: cost.cpuSeconds })
  ]
}
