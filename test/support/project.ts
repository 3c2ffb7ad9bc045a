/**
 * A small project in a temporary folder, with stages that the tests may edit, and the real command line run in it.
 */
import { spawn, spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..")
const program = join(repository, "src", "cli", "brink.mjs")

/** The longest that a command may take: one that hangs fails its own test, and no test waits for it. */
const PATIENCE_MILLISECONDS = 60_000

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Project {
  readonly root: string
  readonly write: (path: string, content: string | Uint8Array) => void
  readonly edit: (path: string, from: string, to: string) => void
  readonly brink: (...args: ReadonlyArray<string>) => Outcome
  readonly start: (...args: ReadonlyArray<string>) => ReturnType<typeof spawn>
  /** The addresses that the last `brink run` executed, sorted. */
  readonly executed: (outcome: Outcome) => ReadonlyArray<string>
  readonly remove: () => void
}

/** Addresses of the `done` lines. */
const executed = ({ stderr }: Outcome): ReadonlyArray<string> =>
  stderr
    .split("\n")
    .flatMap((line) => (line.startsWith("done ") ? [line.split(/\s+/)[1]!] : []))
    .sort()

export const makeProject = (files: Readonly<Record<string, string>>): Project => {
  const root = mkdtempSync(join(tmpdir(), "brink-project-"))
  const project = projectAt(root)
  const { write } = project
  write("package.json", JSON.stringify({ name: "project", type: "module", private: true }))
  copyFileSync(join(repository, "package-lock.json"), join(root, "package-lock.json"))
  mkdirSync(join(root, "node_modules"))
  symlinkSync(repository, join(root, "node_modules", "brink"))
  symlinkSync(join(repository, "node_modules", "effect"), join(root, "node_modules", "effect"))
  for (const [path, text] of Object.entries(files)) write(path, text)
  return { ...project, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** A project that lies in a folder already. */
export const projectAt = (root: string): Omit<Project, "remove"> => {
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const environment = { ...process.env, NO_COLOR: "1", TERM: "dumb" }
  return {
    root,
    write,
    edit: (path, from, to) => {
      const text = readFileSync(join(root, path), "utf8")
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`)
      write(path, text.replace(from, to))
    },
    brink: (...args) => {
      const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, ...args], {
        cwd: root,
        encoding: "utf8",
        env: environment,
        maxBuffer: 1 << 28,
        timeout: PATIENCE_MILLISECONDS,
        killSignal: "SIGKILL"
      })
      if (error !== undefined) throw new Error(`brink ${args.join(" ")}: ${error.message}\n${stderr}`)
      return { code: status ?? -1, stdout, stderr }
    },
    start: (...args) =>
      spawn(process.execPath, [program, ...args], { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] }),
    executed
  }
}

/** The project itself, copied to a folder of its own, with the packages that are installed here. */
export const copyOfTheProject = (): Project => {
  const files = ["src", "stages", "pipelines"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name))
  )
  const project = makeProject(
    Object.fromEntries(files.map((path) => [path, readFileSync(join(repository, path), "utf8")]))
  )
  for (const name of readdirSync(join(repository, "node_modules"))) {
    const place = join(project.root, "node_modules", name)
    if (!existsSync(place)) symlinkSync(join(repository, "node_modules", name), place)
  }
  return project
}

/** Numbers → their squares → the sum, each stage in a file of its own. */
export const squares: Readonly<Record<string, string>> = {
  "pipelines/squares.ts": `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as Sweep from "brink/pipeline/Sweep"
import { draw } from "../stages/draw.ts"
import { square } from "../stages/square.ts"
import { sum } from "../stages/sum.ts"
export default Pipeline.make("squares", {
  params: { count: Schema.Int, seed: Schema.Int },
  defaults: { count: 3, seed: 1 },
  build: ({ count, seed }) => {
    const numbers = draw({ seed })
    const squares = Sweep.grid({ power: Sweep.range(count) }).map(({ power }) => square({ numbers, power }))
    return { total: sum({ squares }) }
  }
})
`,
  "stages/artifacts.ts": `import * as Schema from "effect/Schema"
import * as Artifact from "brink/pipeline/Artifact"
export const Numbers = Artifact.make("Numbers", { values: Schema.Array(Schema.Finite) })
export const Total = Artifact.make("Total", { total: Schema.Finite })
`,
  "stages/helpers.ts": `export const raise = (value: number, power: number): number => value ** power
export const unused = (value: number): number => value + 1
`,
  "stages/draw.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Numbers } from "./artifacts.ts"
/** Draws. */
export const draw = Stage.make("draw", {
  takes: { seed: Schema.Int },
  makes: Numbers,
  run: ({ seed }) => Effect.succeed({ values: [seed, seed + 1] })
})
`,
  "stages/square.ts": `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "brink/pipeline/Stage"
import { Numbers } from "./artifacts.ts"
import { raise } from "./helpers.ts"
export const square = Stage.make("square", {
  takes: { numbers: Numbers, power: Schema.Int },
  makes: Numbers,
  run: ({ numbers, power }) => Effect.succeed({ values: numbers.values.map((value) => raise(value, power)) })
})
`,
  "stages/sum.ts": `import * as Effect from "effect/Effect"
import * as Artifact from "brink/pipeline/Artifact"
import * as Stage from "brink/pipeline/Stage"
import { Numbers, Total } from "./artifacts.ts"
export const sum = Stage.make("sum", {
  takes: { squares: Artifact.many(Numbers) },
  makes: Total,
  run: ({ squares }) => Effect.succeed({ total: squares.flatMap(({ values }) => values).reduce((a, b) => a + b, 0) })
})
`
}

/** `pipelines/swept.ts` for the stages above: numbers drawn from seeds, an axis with the given values, and their sum. */
export const sweptOver = (values: string): string => `import * as Schema from "effect/Schema"
import * as Pipeline from "brink/pipeline/Pipeline"
import * as Sweep from "brink/pipeline/Sweep"
import { draw } from "../stages/draw.ts"
import { sum } from "../stages/sum.ts"
const VALUES = ${values}
export default Pipeline.make("swept", {
  params: { seed: Sweep.axis(Schema.Int) },
  defaults: { seed: VALUES },
  build: ({ seed }) => ({ total: sum({ squares: seed.map((each) => draw({ seed: each })) }) })
})
`
