/**
 * Runs every long proof, one after another, and says at the end which of them passed: `npm run test:torture`. Names of
 * scripts given as arguments choose among them.
 */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { say, verdict } from "./support.ts"

const scripts: Readonly<Record<string, ReadonlyArray<string>>> = {
  schedules: ["10000"],
  histories: ["5000"],
  collections: ["1000"],
  damage: ["10"],
  controllers: ["4", "500", "5"],
  restarts: ["1000", "1"],
  killSweep: ["200", "1"]
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(scripts)
const results = chosen.map((name) => {
  const args = scripts[name]
  if (args === undefined) throw new Error(`there is no proof "${name}": there are ${Object.keys(scripts).join(", ")}`)
  say(`== ${name} ${args.join(" ")}`)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...args], {
    stdio: "inherit"
  })
  return { name, passed: status === 0 }
})
for (const { name, passed } of results) say(`${passed ? "passed" : "FAILED"}  ${name}`)
verdict(results.every(({ passed }) => passed))
