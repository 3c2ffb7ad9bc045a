/**
 * Bundles the command line into one file, so that it starts in a fraction of a second, and puts `brink` beside the other
 * programs of the project. Runs after an install, and again by itself when a source of the command line has changed.
 */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

export const brink = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
export const program = join(brink, ".brink", "dist", "brink.mjs")
const inputsFile = join(brink, ".brink", "dist", "inputs.json")

const digest = (path) =>
  createHash("sha256")
    .update(readFileSync(join(brink, path)))
    .digest("hex")

/** Whether the program was made from the sources as they are. */
export const isCurrent = () => {
  try {
    const inputs = JSON.parse(readFileSync(inputsFile, "utf8"))
    return existsSync(program) && Object.entries(inputs).every(([path, value]) => digest(path) === value)
  } catch {
    return false
  }
}

export const build = async () => {
  const esbuild = await import("esbuild")
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: brink,
    entryPoints: ["src/cli/main.ts"],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node22",
    minify: true,
    keepNames: false,
    external: ["esbuild", "acorn", "@viz-js/viz", "onnxruntime-node", "redis", "undici"],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"
    },
    logLevel: "warning"
  })
  const own = Object.keys(metafile.inputs).filter((path) => !path.startsWith("node_modules/"))
  const inputs = Object.fromEntries(
    [...own, "package-lock.json", "src/cli/build.mjs"].map((path) => [path, digest(path)])
  )
  mkdirSync(dirname(program), { recursive: true })
  const temporary = `${program}.${process.pid}`
  writeFileSync(temporary, outputFiles[0].contents)
  renameSync(temporary, program)
  writeFileSync(inputsFile, JSON.stringify(inputs))
}

/** `node_modules/.bin/brink`, by which `npm start` and `npx brink` find it. */
const linkProgram = () => {
  const link = join(brink, "node_modules", ".bin", "brink")
  if (!existsSync(dirname(link))) return
  rmSync(link, { force: true })
  try {
    symlinkSync(relative(dirname(link), join(brink, "src", "cli", "brink.mjs")), link)
  } catch {
    // Without the link, `npx brink` finds the program through package.json's `bin`.
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  linkProgram()
  await build()
}
