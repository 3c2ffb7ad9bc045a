/**
 * A run in which nothing is to be done: a cold process, a real pipeline file, ten thousand and a hundred thousand stages that
 * are up to date; the smaller one beside make, ninja and snakemake on the same graph.
 */
import type { Benchmark, Figure } from "../figures.ts"
import { fill } from "./fill.ts"
import { brink, type Cost, costLine, interleaved, within } from "./measure.ts"
import { makePeers, type Peer } from "./peers.ts"
import { sweepProject } from "./sweepProject.ts"

const SMALL = { stages: 10_000, rounds: 7, seconds: 0.8, megabytes: 300 }
const LARGE = { stages: 100_000, rounds: 3, seconds: 5, megabytes: 1000 }
/** It takes seconds each time. */
const SNAKEMAKE_ROUNDS = 3
const SNAKEMAKE_TARGET = 6

type Size = typeof SMALL

const prepare = async ({ stages }: Size) => {
  const project = sweepProject(stages)
  const count = await fill(project)
  const run = (): Cost => brink(project, "run", "sweep")
  run()
  return { project, count, run }
}

const figuresOf = (count: number, own: Cost, { seconds, megabytes }: Size): ReadonlyArray<Figure> => [
  within(`no-op of ${count} stages`, own.seconds, seconds, "s", { cpuSeconds: own.cpuSeconds }),
  within(`no-op of ${count} stages, peak memory`, own.megabytes, megabytes, "MB")
]

const asFastAs = (name: Peer, target: number, pair: Readonly<Record<"brink" | "peer", Cost>> | undefined): Figure => ({
  name: `no-op, ${name} / brink`,
  ratio: pair === undefined ? null : pair.peer.seconds / pair.brink.seconds,
  target,
  better: "higher",
  raw: pair === undefined ? { absent: name } : { unit: "s", [name]: pair.peer.seconds, brink: pair.brink.seconds }
})

export const noop: Benchmark = async (print) => {
  const small = await prepare(SMALL)
  const peers = makePeers(SMALL.stages)
  const { snakemake, ...quick } = peers.programs
  const programs: Readonly<Record<string, () => Cost>> = { brink: small.run, ...quick }
  const costs = interleaved(SMALL.rounds, programs)
  print(`no-op of ${small.count} stages, median of ${SMALL.rounds} cold runs in turn`)
  for (const [name, cost] of Object.entries(costs)) print(costLine(name, cost))
  for (const name of peers.absent) print(`  ${name.padEnd(16)} absent, not compared`)
  const pair = snakemake && interleaved(SNAKEMAKE_ROUNDS, { brink: small.run, peer: snakemake })
  if (pair !== undefined) print(costLine("snakemake", pair.peer))
  peers.remove()
  small.project.remove()
  const large = await prepare(LARGE)
  const most = interleaved(LARGE.rounds, { brink: large.run }).brink
  print(`no-op of ${large.count} stages, median of ${LARGE.rounds} cold runs`)
  print(costLine("brink", most))
  large.project.remove()
  const own = costs["brink"]!
  return [
    ...figuresOf(small.count, own, SMALL),
    asFastAs("snakemake", SNAKEMAKE_TARGET, pair),
    ...figuresOf(large.count, most, LARGE),
    {
      name: `no-op, a stage of ${large.count} / one of ${small.count}`,
      ratio: most.seconds / large.count / (own.seconds / small.count),
      target: 1,
      better: "lower",
      raw: { unit: "s", [large.count]: most.seconds, [small.count]: own.seconds }
    }
  ]
}
