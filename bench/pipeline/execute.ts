/**
 * Many trivial stages, executed in this process and published durably: what the framework itself costs for each. Then some
 * through a warm worker process: what a worker adds.
 */
import { type Benchmark, median } from "../figures.ts"
import { runSweep, type Where } from "./inProcess.ts"
import { within } from "./measure.ts"
import { sweepProject } from "./sweepProject.ts"

const ROUNDS = 3
const here = { where: "this process", stages: 2_000, most: 4 } as const
const there = { where: "a worker", stages: 500, most: 15 } as const

const medianOf = async (stages: number, where: Where): Promise<number> => {
  const project = sweepProject(stages)
  const gaps = await runSweep(project, where)
  project.remove()
  return median(gaps)
}

export const execute: Benchmark = async (print) => {
  const medians: Record<Where, Array<number>> = { "this process": [], "a worker": [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const { where, stages } of [here, there]) medians[where].push(await medianOf(stages, where))
  return [here, there].map(({ where, stages, most }) => {
    const rounds = medians[where].map((value) => value.toFixed(2)).join(", ")
    print(`${stages} trivial stages in ${where}, published durably: ${rounds} ms each in ${ROUNDS} rounds`)
    return within(`a trivial stage in ${where}`, median(medians[where]), most, "ms", { rounds: medians[where] })
  })
}
