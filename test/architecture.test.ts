/** The shape of the code: who may import whom, no circles, short files, and words that must not occur. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { assert, describe, it } from "vitest"
import { repository } from "./support/project.ts"

/** Folder → the folders of `src` that it may import, beside itself; types too. */
const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  tensor: [],
  random: ["tensor"],
  graph: ["tensor"],
  ops: ["graph", "tensor"],
  autodiff: ["ops", "graph", "tensor"],
  models: ["compile", "autodiff", "ops", "graph", "tensor"],
  onnx: ["ops", "graph", "tensor"],
  wasm: ["tensor"],
  compile: ["wasm", "ops", "graph", "tensor"],
  runtime: ["wasm", "onnx", "ops", "graph", "tensor"],
  train: ["tensor", "random"],
  spectral: ["tensor", "random"],
  norms: ["tensor", "random"],
  data: ["tensor", "random"],
  report: ["tensor"],
  pipeline: [],
  executor: ["pipeline"],
  cli: ["executor", "pipeline", "report"]
}

/** Lines of a file: a test fails above `hard`, and lists what is above `soft`. */
const LINES = { soft: 300, hard: 450, median: 130 } as const

/** Package → the folders that may import it. */
const confined: Readonly<Record<string, ReadonlyArray<string>>> = {
  "onnxruntime-node": ["src/runtime"],
  "onnx-buf": ["src/onnx", "src/runtime"],
  "@bufbuild/protobuf": ["src/onnx", "src/runtime"],
  esbuild: ["src/pipeline", "src/cli"],
  "@effect/platform-node": ["src/cli", "src/executor"],
  "node:child_process": ["src/executor", "src/cli"],
  // The framework reads and writes through Disk alone; beside it: sources that are fingerprinted, files that are parameters, links, processes.
  "node:fs": [
    "src/pipeline/Disk",
    "src/pipeline/Codes",
    "src/pipeline/Latest",
    "src/pipeline/Lease",
    "src/data",
    "src/cli",
    "src/executor"
  ],
  "node:fs/promises": ["src/pipeline/bundle", "src/pipeline/ProjectFile", "src/data"]
}

interface Source {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
  /** What it imports: paths from the root for files, else as it is written. */
  readonly imports: ReadonlyArray<string>
}

const importsOf = (path: string, text: string): ReadonlyArray<string> =>
  [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g
    )
  ]
    .map((match) => (match[1] ?? match[2] ?? match[3])!)
    .map((specifier) =>
      specifier.startsWith(".") ? relative(repository, resolve(repository, dirname(path), specifier)) : specifier
    )

const sources: ReadonlyArray<Source> = ["src", "stages", "pipelines"].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const text = readFileSync(join(repository, path), "utf8")
      return { path, text, imports: importsOf(path, text) }
    })
)
const byPath = new Map(sources.map((source) => [source.path, source]))

/** `src/ops/Op.ts` → `ops`, `stages/x.ts` → `stages` */
const folderOf = (path: string): string => {
  const [first, second] = path.split("/")
  return first === "src" ? second! : first!
}

/** Every file that a file reaches through imports, itself included. */
const reachedBy = (path: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(path)) return found
  found.add(path)
  for (const next of byPath.get(path)?.imports ?? []) if (byPath.has(next)) reachedBy(next, found)
  return found
}

const offenders = (wrong: (source: Source) => ReadonlyArray<string>): ReadonlyArray<string> =>
  sources.flatMap((source) => wrong(source).map((what) => `${source.path}: ${what}`))

describe("imports", () => {
  it("are found: every file but the leaves has some, and all of them exist", () => {
    assert.isAbove(sources.length, 100)
    assert.deepStrictEqual(
      offenders(({ imports }) => imports.filter((path) => /^(src|stages|pipelines)\//.test(path) && !byPath.has(path))),
      []
    )
  })

  it("of src go down the table only, types too", () => {
    const folders = new Set(sources.filter(({ path }) => path.startsWith("src/")).map(({ path }) => folderOf(path)))
    assert.deepStrictEqual(
      [...folders].filter((folder) => !(folder in allowed)),
      [],
      "folders that are not in the table"
    )
    const wrong = offenders(({ path, imports }) => {
      if (!path.startsWith("src/")) return []
      const from = folderOf(path)
      return imports.filter(
        (to) => byPath.has(to) && folderOf(to) !== from && !(allowed[from] ?? []).includes(folderOf(to))
      )
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("of pipelines are stages and the framework; of stages, no other stage and no pipeline", () => {
    const shared = ["stages/artifacts.ts", "stages/descents.ts", "stages/device.ts", "stages/parts.ts"]
    const wrong = offenders(({ path, imports }) => {
      const own = imports.filter((to) => byPath.has(to))
      if (path.startsWith("pipelines/")) return own.filter((to) => !/^(stages|pipelines|src\/pipeline)\//.test(to))
      if (path.startsWith("stages/")) return own.filter((to) => !to.startsWith("src/") && !shared.includes(to))
      return own.filter((to) => !to.startsWith("src/"))
    })
    assert.deepStrictEqual(wrong, [])
  })

  it("make no circle", () => {
    const circles = offenders(({ path, imports }) => imports.filter((to) => byPath.has(to) && reachedBy(to).has(path)))
    assert.deepStrictEqual(circles, [])
  })

  it("of packages stay where they belong, and the barrel of effect is imported nowhere", () => {
    const wrong = offenders(({ path, imports }) =>
      imports.filter((name) => {
        const places =
          confined[
            Object.keys(confined).find(
              (known) => name === known || (!known.startsWith("node:") && name.startsWith(`${known}/`))
            ) ?? ""
          ]
        return (
          name === "effect" ||
          (places !== undefined && !places.some((place) => path === `${place}.ts` || path.startsWith(`${place}/`)))
        )
      })
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("of heavy packages are made where they are first used, so that importing a module costs nothing", () => {
    const heavy =
      /(?:^|\n)import\s+(?!type\b)[^"']*from "(onnxruntime-node|arquero|vega|vega-lite|vega-embed|onnx-buf|@bufbuild\/protobuf|esbuild|@viz-js\/viz)["/]/g
    assert.deepStrictEqual(
      offenders(({ text }) => [...text.matchAll(heavy)].map((match) => match[1]!)),
      []
    )
  })

  it("of a stage reach the vocabulary of ops and its derivatives from buildModel and addBatches alone", () => {
    const reaching = sources
      .filter(({ path }) => path.startsWith("stages/"))
      .filter(({ path }) => [...reachedBy(path)].some((file) => /^src\/(ops|autodiff)\//.test(file)))
    assert.deepStrictEqual(
      reaching.map(({ path }) => path),
      ["stages/addBatches.ts", "stages/buildModel.ts"]
    )
  })
})

describe("files", () => {
  const length = ({ text }: Source): number => text.trimEnd().split("\n").length

  it("are short", (context) => {
    assert.deepStrictEqual(
      offenders((source) => (length(source) > LINES.hard ? [`${length(source)} lines`] : [])),
      []
    )
    const lengths = sources.map(length).sort((a, b) => a - b)
    assert.isAtMost(lengths[lengths.length >> 1]!, LINES.median, "median of lines")
    const long = offenders((source) => (length(source) > LINES.soft ? [`${length(source)} lines`] : []))
    if (long.length > 0) context.annotate(`above the soft limit: ${long.join(", ")}`, "warning")
  })

  it("open with a sentence that says what they are for", () => {
    assert.deepStrictEqual(
      offenders(({ text }) => (/^\/\*\*\s[\s\S]*?\w.*?\.[\s\S]*?\*\//.test(text) ? [] : ["no opening"])),
      []
    )
  })

  const forbidden: Readonly<Record<string, RegExp>> = {
    "Math.random": /\bMath\.random\b/,
    "Date.now or new Date()": /\bDate\.now\b|\bnew Date\(\)/,
    "console.": /(?<!\w)console\./,
    any: /\bas any\b|: any\b|<any>/,
    "unfinished work": /\b(TODO|FIXME|XXX|HACK)\b/,
    "silenced types": /@ts-(ignore|nocheck|expect-error)/,
    require: /(?<![.\w_])require\(/
  }
  for (const [what, pattern] of Object.entries(forbidden)) {
    it(`do not contain ${what}`, () => {
      const wrong = offenders(({ path, text }) => {
        if (what === "require" && path.startsWith("src/cli/")) return []
        return text
          .split("\n")
          .flatMap((line, i) =>
            pattern.test(line) &&
            !/biome-ignore|^\s*(\*|\/\/)/.test(line) &&
            !/biome-ignore/.test(text.split("\n")[i - 1] ?? "")
              ? [`line ${i + 1}`]
              : []
          )
      })
      assert.deepStrictEqual(wrong, [])
    })
  }

  it("read the environment in src/cli, src/executor and src/data alone", () => {
    const places = /^src\/(cli|executor|data)\//
    assert.deepStrictEqual(
      offenders(({ path, text }) => (/\bprocess\.env\b/.test(text) && !places.test(path) ? ["process.env"] : [])),
      []
    )
  })
})
