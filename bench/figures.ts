/**
 * What a benchmark finds: ratios with a target, each with the raw numbers it was made from. A ratio is a median over pairs that
 * were timed one right after the other, so what else the machine does meanwhile enters both sides; and of the processor's time,
 * which on an idle machine is that of the clock, and on a busy one leaves the waiting out. Knows no benchmark.
 */
import * as Effect from "effect/Effect"

export interface Figure {
  readonly name: string
  /** Not known where a peer is absent. */
  readonly ratio: number | null
  readonly target: number
  readonly better: "lower" | "higher"
  readonly raw: Readonly<Record<string, unknown>>
}

/** Where the lines for people go. */
export type Print = (line: string) => void

/** A benchmark, run when it is called for. */
export type Benchmark = (print: Print) => Promise<ReadonlyArray<Figure>>

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** What one unit of work takes. Unit: ms */
export interface Time {
  /** Of the processor, in all threads of the process that works. */
  readonly cpu: number
  /** By the clock. */
  readonly wall: number
}

/** Every round of each task. */
export type Times<K extends string> = Readonly<Record<K, ReadonlyArray<Time>>>

/** How long some units of work take, each. */
export const timed = <A, E, R>(work: Effect.Effect<A, E, R>, units = 1): Effect.Effect<Time, E, R> =>
  Effect.gen(function* () {
    const [start, before] = [performance.now(), process.cpuUsage()]
    yield* work
    const { user, system } = process.cpuUsage(before)
    return { cpu: (user + system) / 1000 / units, wall: (performance.now() - start) / units }
  })

/**
 * All tasks, one after the other, again and again; every other round in the opposite order, so that none always runs in the
 * wake of the same one. The first round only warms up.
 */
export const interleave = <K extends string, E>(
  tasks: Readonly<Record<K, Effect.Effect<Time, E>>>,
  rounds: number
): Effect.Effect<Times<K>, E> =>
  Effect.gen(function* () {
    const names = Object.keys(tasks) as Array<K>
    const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<K, Array<Time>>
    for (let round = 0; round <= rounds; round++) {
      for (const name of round % 2 === 0 ? names : names.toReversed()) {
        const time = yield* tasks[name]
        if (round > 0) times[name].push(time)
      }
    }
    return times
  })

const summary = (times: ReadonlyArray<Time>) => ({
  cpu: median(times.map(({ cpu }) => cpu)),
  wall: median(times.map(({ wall }) => wall)),
  leastWall: Math.min(...times.map(({ wall }) => wall))
})

/** The median of the ratios of all rounds. Raw: medians of both, and the ratio by the clock. */
export const ratioOf = <K extends string>(
  times: Times<K>,
  over: readonly [K, K],
  { name, target }: Pick<Figure, "name" | "target">
): Figure => {
  const [above, below] = over
  const by = (kind: keyof Time): number =>
    median(times[above]!.map((time, round) => time[kind] / times[below]![round]![kind]))
  const raw = { unit: "ms", [above]: summary(times[above]!), [below]: summary(times[below]!), wallRatio: by("wall") }
  return { name, ratio: by("cpu"), target, better: "lower", raw }
}

/** The line of a figure, for people. */
export const lineOf = ({ name, ratio, target, better }: Figure): string => {
  const sign = better === "lower" ? "≤" : "≥"
  if (ratio === null) return `  ${name}: peer absent, target ${sign} ${target}`
  const missed = better === "lower" ? ratio > target : ratio < target
  return `  ${name}: ${ratio.toFixed(3)}, target ${sign} ${target}${missed ? "  MISSED" : ""}`
}

/** A line of times. */
export const timesLine = (name: string, times: ReadonlyArray<Time>): string => {
  const { cpu, wall, leastWall } = summary(times)
  const shown = (ms: number): string => ms.toFixed(1).padStart(7)
  return `  ${name.padEnd(16)} ${shown(cpu)} ms of the processor, ${shown(wall)} by the clock, at least ${shown(leastWall)}`
}
