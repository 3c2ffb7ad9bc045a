/**
 * A sweep with one cell more, on a warm store: the cell and the aggregates run, and what is beyond their own work is the
 * price of having asked.
 *
 *   node bench/grow.ts [cells] [rounds]
 */
import { join } from "node:path"
import { repository } from "../test/support/project.ts"
import { eventsOf } from "../test/torture/support.ts"
import { fill } from "./fill.ts"
import { against, costOf, median, say } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const [cells = 1_000, rounds = 7] = process.argv.slice(2).map(Number)
const TARGET_SECONDS = 1.5

const project = sweepProject(cells)
await fill(project)
const store = join(project.root, "artifacts")
const program = join(repository, "src", "cli", "brink.mjs")
const costs: Array<{ readonly seconds: number; readonly own: number }> = []
for (let round = 0; round < rounds; round++) {
  const before = (await eventsOf(store)).length
  const { seconds } = costOf(
    process.execPath,
    [program, "run", "sweep", "--set", `cells=${cells + round + 1}`],
    project.root
  )
  const ran = (await eventsOf(store))
    .slice(before)
    .flatMap((event) => (event.type === "action-finished" ? [event] : []))
  if (ran.length < 3) throw new Error(`only ${ran.length} actions ran`)
  // The work of the cell itself, as the one that made it tells.
  costs.push({ seconds, own: ran[0]!.milliseconds / 1000 })
}
const beyond = median(costs.map(({ seconds, own }) => seconds - own))
say(
  `one cell more in a sweep of ${cells}, median of ${rounds}: ${median(costs.map(({ seconds }) => seconds)).toFixed(2)} s in all, ` +
    `${median(costs.map(({ own }) => own)).toFixed(3)} s of it the cell's own`
)
against("one cell more", beyond, TARGET_SECONDS, "s")
project.remove()
