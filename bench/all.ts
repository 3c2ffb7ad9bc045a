/**
 * Runs every benchmark of the pipeline, one after another: `npm run bench:pipeline`. Names of benchmarks given as arguments
 * choose among them.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { say } from "./measure.ts"

const benchmarks: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> = {
  noop: [
    ["10000", "7"],
    ["100000", "3"]
  ],
  change: [["10000", "7"]],
  execute: [["2000", "3"]],
  grow: [["1000", "7"]],
  growth: [["1000", "10000", "100000"]]
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benchmarks)
for (const name of chosen) {
  const runs = benchmarks[name]
  if (runs === undefined)
    throw new Error(`there is no benchmark "${name}": there are ${Object.keys(benchmarks).join(", ")}`)
  for (const args of runs) {
    say(`== ${name} ${args.join(" ")}`)
    const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...args], {
      stdio: "inherit"
    })
    if (status !== 0) process.exitCode = 1
  }
}
