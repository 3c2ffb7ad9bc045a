#!/usr/bin/env node
/**
 * Starts the command line: brings the bundled program up to date if its sources changed, and hands over to it. With a Node
 * too old to read TypeScript it starts again with the one that the project installs. Compiled code is kept for the next
 * start, of workers too: that halves what it costs.
 */
import { existsSync } from "node:fs"
import module from "node:module"
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
  const { launch } = await import("./launch.mjs")
  launch(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)])
} else {
  if (!isCurrent()) await build()
  process.env["BRINK_HOME"] = brink
  process.env["NODE_COMPILE_CACHE"] ??= join(brink, ".brink", "compiled")
  module.enableCompileCache()
  await import(pathToFileURL(program).href)
}
