/**
 * A sweep with one cell more, on a warm store: the cell and the aggregates run, and what is beyond the cell's own work is the
 * price of having asked.
 */
import { join } from "node:path"
import { eventsOf } from "../../test/torture/support.ts"
import { type Benchmark, median } from "../figures.ts"
import { fill } from "./fill.ts"
import { brink, within } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const CELLS = 1_000
const ROUNDS = 7
const TARGET_SECONDS = 1.5

export const grow: Benchmark = async (print) => {
  const project = sweepProject(CELLS)
  await fill(project)
  const store = join(project.root, "artifacts")
  const costs: Array<{ readonly seconds: number; readonly own: number }> = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = (await eventsOf(store)).length
    const { seconds } = brink(project, "run", "sweep", "--set", `cells=${CELLS + round + 1}`)
    const ran = (await eventsOf(store))
      .slice(before)
      .flatMap((event) => (event.type === "action-finished" ? [event] : []))
    if (ran.length < 3) throw new Error(`only ${ran.length} actions ran`)
    // The work of the cell itself, as the one that made it tells.
    costs.push({ seconds, own: ran[0]!.milliseconds / 1000 })
  }
  project.remove()
  const whole = median(costs.map(({ seconds }) => seconds))
  const own = median(costs.map((cost) => cost.own))
  print(`one cell more in a sweep of ${CELLS}, median of ${ROUNDS}: ${whole.toFixed(2)} s, ${own.toFixed(3)} s its own`)
  const beyond = median(costs.map((cost) => cost.seconds - cost.own))
  return [within(`one cell more in ${CELLS}, beyond its own work`, beyond, TARGET_SECONDS, "s", { whole, own })]
}
