/**
 * Every file of `docs/extending.md` is real: put into a copy of the project they compile, run, and make what the page says.
 */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { decodeSafetensors } from "../../src/tensor/safetensors.ts"
import { floats } from "../../src/tensor/Tensor.ts"
import { drawer } from "../support/draw.ts"
import { copyOfTheProject, type Project, repository } from "../support/project.ts"

const page = readFileSync(join(repository, "docs", "extending.md"), "utf8")
const blocks = [...page.matchAll(/^```(ts|diff)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
  kind: kind as "ts" | "diff",
  text: text!
}))

/** Path → content, from the blocks that name a file. */
const files = blocks.flatMap(({ kind, text }) => {
  const [, path] = text.match(/^\/\/ (\S+\.ts)\n/) ?? []
  return kind === "ts" ? [{ path: path ?? assert.fail(`a file without a name: ${text}`), text }] : []
})

/** What is replaced by what, where. */
const changes = blocks.flatMap(({ kind, text }) =>
  kind === "ts"
    ? []
    : text
        .split(/^--- /m)
        .slice(1)
        .flatMap((part) => {
          const [path, ...lines] = part.trimEnd().split("\n")
          const hunks: Array<{ path: string; from: string; to: string }> = []
          let previous = "+"
          for (const line of lines) {
            const [sign, rest] = [line[0]!, `${line.slice(1)}\n`]
            if (sign === "-" && previous === "+") hunks.push({ path: path!, from: "", to: "" })
            const hunk = hunks.at(-1)!
            if (sign === "-") hunk.from += rest
            else hunk.to += rest
            previous = sign
          }
          return hunks
        })
)

describe("docs/extending.md", { timeout: 120_000 }, () => {
  let project: Project
  const latest = (path: string) => readFileSync(join(project.root, "artifacts/latest/points", path))
  const run = (...args: ReadonlyArray<string>) => {
    const outcome = project.brink("run", "points", ...args)
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    return project.executed(outcome)
  }
  const points = () => {
    const draw = drawer(5)
    return Array.from({ length: 40 }, () => {
      const [a, b] = draw.numbers(2)
      return [a!, b!, Math.tanh(a! - b!)].join(",")
    })
  }

  beforeAll(() => {
    project = copyOfTheProject()
    for (const { path, text } of files) project.write(path, text)
    for (const { path, from, to } of changes) {
      const text = readFileSync(join(project.root, path), "utf8")
      assert.lengthOf(text.split(from), 2, `${path} does not hold, once: ${from}`)
      project.edit(path, from, to)
    }
    project.write("data/points.csv", `${points().join("\n")}\n`)
  })
  afterAll(() => project?.remove())

  it("has files and changes that compile", () => {
    assert.isAtLeast(files.length, 6)
    assert.isAtLeast(changes.length, 6)
    const options = readFileSync(join(repository, "tsconfig.json"), "utf8").replace(
      /"include": \[.*\]/,
      '"include": ["src", "stages", "pipelines"]'
    )
    writeFileSync(join(project.root, "tsconfig.json"), options)
    const tsc = join(repository, "node_modules", "typescript", "bin", "tsc")
    const { status, stdout } = spawnSync(process.execPath, [tsc, "--noEmit"], { cwd: project.root, encoding: "utf8" })
    assert.strictEqual(status, 0, stdout)
  })

  it("makes a summary, a figure and a safetensors file of weights of a table of points", () => {
    const executed = run()
    assert.include(executed, "readPoints")
    const { rows } = JSON.parse(latest("summary/value.json").toString())
    assert.deepStrictEqual(
      rows.map(({ ratio }: { ratio: number }) => ratio),
      [0.5, 1.5]
    )
    // At the larger rate not every start converges, and those that do not are not averaged.
    for (const { runs } of rows) assert.include([2, 3], runs)
    for (const { sharpness, error } of rows) assert.isTrue(sharpness > 0 && error > 0)
    assert.match(latest("summary/csv.csv").toString(), /^ratio,runs,sharpness,error\n0\.5,3,/)
    assert.include(latest("figure/image.svg").toString(), "<svg")
    const weights = decodeSafetensors(latest("first/weights.safetensors"))
    assert.deepStrictEqual(
      Object.entries(weights).map(([name, { shape }]) => [name, [...shape]]),
      [
        ["layer0.weight", [8, 2]],
        ["layer0.bias", [8]],
        ["layer1.weight", [1, 8]],
        ["layer1.bias", [1]]
      ]
    )
    assert.isTrue(Object.values(weights).every((tensor) => floats(tensor).every(Number.isFinite)))
  })

  it("runs again what depends on an edited file, and nothing for a touched one", () => {
    project.write("data/points.csv", `${points().join("\n")}\n`)
    assert.deepStrictEqual(run(), [])
    project.write("data/points.csv", `${points().toReversed().join("\n")}\n`)
    const executed = run()
    assert.isAbove(executed.length, 10)
    assert.includeMembers([...executed], ["readFile", "readPoints", "summarise"])
  })

  it("adds a start, and an activation, a loss and an architecture that train", () => {
    const added = run("-S", "seed+=3")
    assert.isTrue(
      added.every((address) => /seed=3|summar|Summary/i.test(address)),
      added.join()
    )
    const settings = [
      ['activation: "tanh"', 'activation: "lisht"'],
      ['loss: "mse"', 'loss: "logCosh"']
    ] as const
    for (const [from, to] of settings) project.edit("pipelines/points.ts", from, to)
    assert.include(run("-S", "seed=0"), "buildModel")
    project.edit(
      "pipelines/points.ts",
      '{ kind: "mlp", widths: [8], activation: "lisht" }',
      '{ kind: "scaledLinear", start: 0.3 }'
    )
    assert.include(run("-S", "seed=0", "-S", "threshold=0.05"), "buildModel")
    assert.deepStrictEqual(Object.keys(decodeSafetensors(latest("first/weights.safetensors"))), ["scale", "weight"])
  })
})
