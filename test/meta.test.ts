/** What the tests themselves must do: provoke every error, assert in every test, say where random numbers came from. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { repository } from "./support/project.ts"

interface File {
  readonly path: string
  readonly text: string
}

const filesOf = (folder: string, ending: string): ReadonlyArray<File> =>
  readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(repository, folder, name), "utf8") }))

const tests = filesOf("test", ".ts").filter(
  ({ path }) => path !== "test/meta.test.ts" && (path.endsWith(".test.ts") || path.startsWith("test/contract/"))
)

const errors = ["src", "stages"].flatMap((folder) =>
  filesOf(folder, ".ts").flatMap(({ path, text }) =>
    [...text.matchAll(/export class (\w+) extends (?:Schema|Data)\.TaggedError/g)].map((match) => ({
      path,
      name: match[1]!
    }))
  )
)

/** Statements, roughly: a test's formatter breaks them over lines. */
const statements = ({ text }: File): ReadonlyArray<string> =>
  text.split(/\n\s*\n|;\n|\n(?=\s*(?:const|let|for|if|yield|it|test|describe|assert|expect)\b)/)

/** A statement that asserts something of an error: by its class, its tag, or the title of a test that does. */
const asserts = (name: string): RegExp =>
  new RegExp(
    `(\\bassert[.(]|\\bexpect|\\brefuses\\(|\\bthrows\\w*\\(|\\b(test|it|it\\.effect|it\\.live)\\()[\\s\\S]*\\b${name}\\b|\\[[^\\]]*"${name}"|instanceof ${name}\\b`
  )

describe("every exported error class", () => {
  it("is found", () => assert.isAbove(errors.length, 20))

  for (const { path, name } of errors) {
    it(`is provoked by a test: ${name} of ${path}`, () => {
      const provoking = tests.filter(
        (file) => file.text.includes(name) && statements(file).some((statement) => asserts(name).test(statement))
      )
      assert.isNotEmpty(provoking, `no test asserts anything of ${name}`)
    })
  }

  it("has a message of its own, and a name that no other has", () => {
    const names = errors.map(({ name }) => name)
    assert.deepStrictEqual(
      names.filter((name, i) => names.indexOf(name) !== i),
      []
    )
    const silent = errors.filter(({ path, name }) => {
      const text = readFileSync(join(repository, path), "utf8")
      const from = text.indexOf(`export class ${name} extends`)
      const next = text.indexOf("\nexport ", from + 1)
      return !text.slice(from, next < 0 ? undefined : next).includes("override get message()")
    })
    assert.deepStrictEqual(
      silent.map(({ name }) => name),
      []
    )
  })
})

describe("every test file", () => {
  const suites = tests.filter(({ path }) => path.endsWith(".test.ts"))

  it("asserts something, or runs a suite that does", () => {
    const silent = suites.filter(({ text }) => !/\b(assert|expect)\b/.test(text) && !/\bsuite\(/.test(text))
    assert.deepStrictEqual(
      silent.map(({ path }) => path),
      []
    )
  })

  it("does not skip or single out tests for good", () => {
    const wrong = suites.flatMap(({ path, text }) =>
      /\b(it|test|describe)(\.effect|\.live)?\.(only|skip|todo)\(/.test(text) ? [path] : []
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("draws no random numbers that a seed would not give again", () => {
    const wrong = suites.filter(({ path, text }) => path !== "test/architecture.test.ts" && /Math\.random\(/.test(text))
    assert.deepStrictEqual(
      wrong.map(({ path }) => path),
      []
    )
  })
})
