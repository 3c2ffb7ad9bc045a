#!/usr/bin/env node
/**
 * Starts the command line: brings the bundled program up to date if its sources changed, and hands over to it. With a Node
 * too old to read TypeScript it starts again with the one that the project installs.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { enableCompileCache } from "node:module"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { brink, build, isCurrent, program } from "./build.mjs"

if (process.features.typescript === undefined || process.features.typescript === false) {
  const node = join(brink, "node_modules", "node", "bin", "node")
  if (!existsSync(node)) {
    process.stderr.write(
      `brink needs Node 22.18 or later, or the one that \`npm ci\` installs in ${brink}/node_modules; this is ${process.version}.\n`
    )
    process.exit(5)
  }
  const { status, signal } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit"
  })
  process.exit(status ?? (signal === "SIGINT" ? 130 : 143))
}

if (!isCurrent()) await build()
enableCompileCache(join(brink, ".brink", "compiled"))
process.env["BRINK_HOME"] = brink
await import(pathToFileURL(program).href)
