/**
 * Many trivial stages, executed in this process and published durably: what the framework itself costs for each. Then some
 * through a warm worker process: what a worker adds.
 *
 *   node bench/execute.ts [stages] [rounds]
 */
import { runSweep } from "./inProcess.ts"
import { against, median, say } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const [stages = 2_000, rounds = 3] = process.argv.slice(2).map(Number)
const TARGET_MILLISECONDS = 4
const TARGET_WORKER_MILLISECONDS = 15

const medianOf = async (cells: number, where: Parameters<typeof runSweep>[1]): Promise<number> => {
  const project = sweepProject(cells)
  const gaps = await runSweep(project, where)
  project.remove()
  return median(gaps)
}

const here: Array<number> = []
const there: Array<number> = []
for (let round = 0; round < rounds; round++) {
  here.push(await medianOf(stages, "this process"))
  there.push(await medianOf(stages / 4, "a worker"))
}
const list = (values: ReadonlyArray<number>): string => values.map((value) => value.toFixed(2)).join(", ")
say(
  `${stages} trivial stages in this process, published durably: median ${median(here).toFixed(2)} ms each (rounds: ${list(here)})`
)
say(`${stages / 4} of them through a warm worker: median ${median(there).toFixed(2)} ms each (rounds: ${list(there)})`)
against("executing a trivial stage", median(here), TARGET_MILLISECONDS, "ms")
against("an action of a warm worker", median(there), TARGET_WORKER_MILLISECONDS, "ms")
