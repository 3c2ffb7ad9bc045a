/**
 * Benchmarks, as ratios of what runs side by side on this machine.
 *
 *   npm run bench [-- NAME …] [--json]
 *
 * Without names, all of them. `--json` prints one figure a line. Each is a process of its own, started with the memory settings
 * that brink's workers have (and gives those of the environment to the peers): with the others most of the time of large tensors
 * goes into page faults. What computes on one thread is bound to one processor, with its peers: a processor whose core others
 * work on is slower by a quarter for as long as they do, and it would be one side that has it.
 */
import { spawnSync } from "node:child_process"
import { computingEnvironment, computingFlags } from "../src/executor/computing.ts"
import type { Benchmark } from "./figures.ts"
import { lineOf } from "./figures.ts"

const onOne: Readonly<Record<string, () => Promise<Benchmark>>> = {
  mlp: async () => (await import("./mlp.ts")).mlp,
  cnn: async () => (await import("./networks.ts")).networks("cnn"),
  resnet: async () => (await import("./networks.ts")).networks("resnet"),
  vit: async () => (await import("./networks.ts")).networks("vit"),
  build: async () => (await import("./build.ts")).build,
  lanczos: async () => (await import("./lanczos.ts")).lanczos,
  diagonal: async () => (await import("./diagonal.ts")).diagonal,
  memory: async () => (await import("./processes.ts")).memory,
  leak: async () => (await import("./processes.ts")).leak
}
const onAll: Readonly<Record<string, () => Promise<Benchmark>>> = {
  pair: async () => (await import("./processes.ts")).pair,
  noop: async () => (await import("./pipeline/noop.ts")).noop,
  change: async () => (await import("./pipeline/change.ts")).change,
  execute: async () => (await import("./pipeline/execute.ts")).execute,
  grow: async () => (await import("./pipeline/grow.ts")).grow,
  growth: async () => (await import("./pipeline/growth.ts")).growth
}
const benchmarks = { ...onOne, ...onAll }

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** What a process is started with to stay on the last processor that this one may use; nothing where there is no `taskset`. */
const bound = (): ReadonlyArray<string> => {
  const { status, stdout } = spawnSync("taskset", ["-cp", String(process.pid)], { encoding: "utf8" })
  const last = /(\d+)\s*$/.exec(status === 0 ? stdout : "")?.[1]
  return last === undefined ? [] : ["taskset", "-c", last]
}

const measure = async (name: string, json: boolean): Promise<void> => {
  const run = await benchmarks[name]!()
  const figures = await run(json ? () => {} : print)
  for (const figure of figures) print(json ? JSON.stringify(figure) : lineOf(figure))
}

const START = "BRINK_BENCH"

/** The benchmark in a process of its own; its exit status. */
const start = (name: string, json: boolean): number => {
  const env = { ...computingEnvironment(process.env), OMP_NUM_THREADS: "1", [START]: name }
  const [command, ...rest] = [...(Object.hasOwn(onOne, name) ? bound() : []), process.execPath, ...computingFlags]
  const { status } = spawnSync(command!, [...rest, import.meta.filename, ...(json ? ["--json"] : [])], {
    stdio: "inherit",
    env
  })
  return status ?? 1
}

const main = async (given: ReadonlyArray<string>): Promise<number> => {
  const json = given.includes("--json")
  const started = process.env[START]
  if (started !== undefined) {
    await measure(started, json)
    return 0
  }
  const names = given.filter((argument) => argument !== "--json")
  const unknown = names.find((name) => !Object.hasOwn(benchmarks, name))
  if (unknown !== undefined) {
    print(`There is no benchmark "${unknown}". Known: ${Object.keys(benchmarks).join(", ")}.`)
    return 2
  }
  const statuses = (names.length === 0 ? Object.keys(benchmarks) : names).map((name) => start(name, json))
  return statuses.find((status) => status !== 0) ?? 0
}

process.exitCode = await main(process.argv.slice(2))
