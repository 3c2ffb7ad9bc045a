/**
 * What whole processes that train take: the memory of a large network, memory that grows with the steps, and two trainings
 * side by side against one. Each is a process of its own with the settings of brink's workers.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { computingFlags } from "../src/executor/computing.ts"
import { type Benchmark, median } from "./figures.ts"
import type { Asked, Cost } from "./trainAlone.ts"

const run = promisify(execFile)

const train = async (asked: Asked): Promise<Cost> => {
  const script = join(import.meta.dirname, "trainAlone.ts")
  const { stdout } = await run(process.execPath, [...computingFlags, script, JSON.stringify(asked)])
  return JSON.parse(stdout) as Cost
}

const MOST_PEAK = 1200 // MB
const MOST_GROWTH = 10 // MB
const LEAST_SPEEDUP = 1.9
const ROUNDS = 5

/** The process that descends on 5,000 images with the network of Cohen et al. */
export const memory: Benchmark = async (print) => {
  const { peak, milliseconds } = await train({
    architecture: {
      ...{ kind: "cnn", channels: 3, height: 32, width: 32, widths: [32, 32] },
      ...{ activation: "tanh", pooling: "average" }
    },
    ...{ samples: 5000, features: 3 * 32 * 32, outputs: 10, warm: 1, steps: 3, chunk: 1 }
  })
  print(`cnn, N = 5000: ${peak.toFixed(0)} MB at the peak, ${(milliseconds / 3000).toFixed(1)} s a step`)
  return [
    {
      name: `cnn N=5000, peak of the process / ${MOST_PEAK} MB`,
      ratio: peak / MOST_PEAK,
      target: 1,
      better: "lower",
      raw: { unit: "MB", peak }
    }
  ]
}

/** Resident memory before and after a hundred thousand steps, when as many have been made: V8's heap has its size by then. */
export const leak: Benchmark = async (print) => {
  const architecture = { kind: "mlp", widths: [32, 32], activation: "tanh" } as const
  const size = { samples: 64, features: 64, outputs: 10 }
  const figures = []
  // Many steps in a run, and one run a step: what a run leaves behind shows in the second.
  for (const chunk of [100, 1]) {
    const { before, after, milliseconds } = await train({ architecture, ...size, warm: 100_000, steps: 100_000, chunk })
    print(
      `100,000 steps, ${chunk} in a run: ${before.toFixed(1)} to ${after.toFixed(1)} MB, ${(milliseconds / 1000).toFixed(0)} s`
    )
    figures.push({
      name: `growth over 100,000 steps, ${chunk} in a run / ${MOST_GROWTH} MB`,
      ratio: (after - before) / MOST_GROWTH,
      target: 1,
      better: "lower" as const,
      raw: { unit: "MB", before, after }
    })
  }
  return figures
}

/** Two trainings at once, one thread each, against one alone. */
export const pair: Benchmark = async (print) => {
  const asked: Asked = {
    architecture: { kind: "mlp", widths: [200, 200], activation: "tanh" },
    ...{ samples: 1000, features: 3072, outputs: 10, warm: 50, steps: 600, chunk: 50 }
  }
  const speedups: Array<number> = []
  for (let round = 0; round < ROUNDS; round++) {
    const alone = (await train(asked)).milliseconds
    const both = await Promise.all([train(asked), train(asked)])
    const together = Math.max(...both.map(({ milliseconds }) => milliseconds))
    speedups.push((2 * alone) / together)
    print(`one ${alone.toFixed(0)} ms, two at once ${together.toFixed(0)} ms`)
  }
  return [
    {
      name: "two trainings side by side / one",
      ratio: median(speedups),
      target: LEAST_SPEEDUP,
      better: "higher",
      raw: { speedups }
    }
  ]
}
