/**
 * Benchmarks, as ratios of what runs side by side on this machine.
 *
 *   npm run bench [-- NAME …] [--json]
 *
 * Without names, all of them. `--json` prints one figure a line. Everything computes on one thread. This starts itself again with
 * the memory settings that brink's workers have (and gives those of the environment to the peers): with the others most of the
 * time of large tensors goes into page faults.
 */
import { spawnSync } from "node:child_process"
import { computingEnvironment, computingFlags } from "../src/executor/computing.ts"
import type { Benchmark } from "./figures.ts"
import { lineOf } from "./figures.ts"

const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  mlp: async () => (await import("./mlp.ts")).mlp,
  cnn: async () => (await import("./networks.ts")).networks("cnn"),
  resnet: async () => (await import("./networks.ts")).networks("resnet"),
  vit: async () => (await import("./networks.ts")).networks("vit"),
  build: async () => (await import("./build.ts")).build,
  lanczos: async () => (await import("./lanczos.ts")).lanczos,
  diagonal: async () => (await import("./diagonal.ts")).diagonal,
  memory: async () => (await import("./processes.ts")).memory,
  leak: async () => (await import("./processes.ts")).leak,
  pair: async () => (await import("./processes.ts")).pair,
  noop: async () => (await import("./pipeline/noop.ts")).noop,
  change: async () => (await import("./pipeline/change.ts")).change,
  execute: async () => (await import("./pipeline/execute.ts")).execute,
  grow: async () => (await import("./pipeline/grow.ts")).grow,
  growth: async () => (await import("./pipeline/growth.ts")).growth
}

const given = process.argv.slice(2)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

const main = async (): Promise<number> => {
  const json = given.includes("--json")
  const names = given.filter((argument) => argument !== "--json")
  const unknown = names.find((name) => !Object.hasOwn(benchmarks, name))
  if (unknown !== undefined) {
    print(`There is no benchmark "${unknown}". Known: ${Object.keys(benchmarks).join(", ")}.`)
    return 2
  }
  for (const name of names.length === 0 ? Object.keys(benchmarks) : names) {
    const run = await benchmarks[name]!()
    const figures = await run(json ? () => {} : print)
    for (const figure of figures) print(json ? JSON.stringify(figure) : lineOf(figure))
  }
  return 0
}

const started = "BRINK_BENCH"
if (process.env[started] === undefined) {
  const environment = { ...computingEnvironment(process.env), OMP_NUM_THREADS: "1", [started]: "1" }
  const again = [...computingFlags, ...process.argv.slice(1)]
  const { status } = spawnSync(process.execPath, again, { stdio: "inherit", env: environment })
  process.exitCode = status ?? 1
} else process.exitCode = await main()
