/**
 * How the benchmarks measure: programs as `/usr/bin/time` sees them, each several times and in turn with those it is
 * compared to, so that a busy machine is busy for all of them. Knows nothing of what is measured.
 */
import { spawnSync } from "node:child_process"

export interface Cost {
  readonly seconds: number
  /** User and system time of the process and its children. */
  readonly cpuSeconds: number
  /** Peak resident memory of the largest process. */
  readonly megabytes: number
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Runs a program to its end; throws where it fails. */
export const costOf = (command: string, args: ReadonlyArray<string>, cwd: string): Cost => {
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%e %U %S %M", command, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NO_COLOR: "1", TERM: "dumb" },
    maxBuffer: 1 << 28
  })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr.slice(-2000)}`)
  const [seconds, user, system, kilobytes] = stderr.trimEnd().split("\n").at(-1)!.split(" ").map(Number)
  return { seconds: seconds!, cpuSeconds: user! + system!, megabytes: kilobytes! / 1024 }
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const medianCost = (costs: ReadonlyArray<Cost>): Cost => ({
  seconds: median(costs.map(({ seconds }) => seconds)),
  cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
  megabytes: median(costs.map(({ megabytes }) => megabytes))
})

/** Measures several things in turn, so often; the median of each by its name. */
export const interleaved = (
  rounds: number,
  things: Readonly<Record<string, () => Cost>>
): ReadonlyMap<string, Cost> => {
  const all = new Map<string, Array<Cost>>(Object.keys(things).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(things)) all.get(name)!.push(measure())
  return new Map([...all].map(([name, costs]) => [name, medianCost(costs)]))
}

export const tell = ({ seconds, cpuSeconds, megabytes }: Cost): string =>
  `${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, ${megabytes.toFixed(0)} MB`

/** A figure against what it should be, with their ratio. */
export const against = (what: string, figure: number, target: number, unit: string): void =>
  say(
    `${figure <= target ? "reached" : "MISSED "}  ${what}: ${figure.toPrecision(3)} ${unit}, target ${target} ${unit} (ratio ${(figure / target).toFixed(2)})`
  )
