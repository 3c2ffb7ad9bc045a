/**
 * How programs are measured: as `/usr/bin/time` sees them, each several times and in turn with those it is compared to, so
 * that a busy machine is busy for all of them. Knows nothing of what is measured.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { type Project, repository } from "../../test/support/project.ts"
import { type Figure, median } from "../figures.ts"

export interface Cost {
  readonly seconds: number
  /** User and system time of the process and its children. */
  readonly cpuSeconds: number
  /** Peak resident memory of the largest process. */
  readonly megabytes: number
}

/** What benchmarks of computing set for their processes is not what a shell gives a program. */
const environment = (): NodeJS.ProcessEnv => {
  const { GLIBC_TUNABLES: _, ...rest } = process.env
  return { ...rest, NO_COLOR: "1", TERM: "dumb" }
}

/** Runs a program to its end; throws where it fails. */
export const costOf = (command: string, args: ReadonlyArray<string>, cwd: string): Cost => {
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%e %U %S %M", command, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    env: environment(),
    maxBuffer: 1 << 28
  })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr.slice(-2000)}`)
  const [seconds, user, system, kilobytes] = stderr.trimEnd().split("\n").at(-1)!.split(" ").map(Number)
  return { seconds: seconds!, cpuSeconds: user! + system!, megabytes: kilobytes! / 1024 }
}

/** A command of brink in a project, in a cold process. */
export const brink = (project: Project, ...args: ReadonlyArray<string>): Cost =>
  costOf(process.execPath, [join(repository, "src", "cli", "brink.mjs"), ...args], project.root)

export const medianCost = (costs: ReadonlyArray<Cost>): Cost => ({
  seconds: median(costs.map(({ seconds }) => seconds)),
  cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
  megabytes: median(costs.map(({ megabytes }) => megabytes))
})

/** Measures several things in turn, so often; the median of each by its name. */
export const interleaved = <K extends string>(
  rounds: number,
  things: Readonly<Record<K, () => Cost>>
): Readonly<Record<K, Cost>> => {
  const names = Object.keys(things) as Array<K>
  const all = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Array<Cost>>
  for (let round = 0; round < rounds; round++) for (const name of names) all[name].push(things[name]())
  return Object.fromEntries(names.map((name) => [name, medianCost(all[name])])) as Record<K, Cost>
}

/** A line of a cost, for people. */
export const costLine = (name: string, { seconds, cpuSeconds, megabytes }: Cost): string =>
  `  ${name.padEnd(16)} ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of the processor, ${megabytes.toFixed(0)} MB`

/** What was measured against the most that it may be: a ratio of at most one. */
export const within = (
  what: string,
  measured: number,
  most: number,
  unit: string,
  raw: Readonly<Record<string, unknown>> = {}
): Figure => ({
  name: `${what} / ${most} ${unit}`,
  ratio: measured / most,
  target: 1,
  better: "lower",
  raw: { unit, measured, most, ...raw }
})
