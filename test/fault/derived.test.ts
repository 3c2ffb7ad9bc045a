/**
 * What a project remembers beside its store, harmed in every way that a file can be: the command line notices, and makes it
 * anew; no pipeline is read from it that was not written.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { drawer } from "../support/draw.ts"
import { makeProject, squares } from "../support/project.ts"

const project = makeProject(squares)
afterAll(() => project.remove())

const SEED = 7
const draw = drawer(SEED)

const total = (): string =>
  readFileSync(join(project.root, "artifacts", "latest", "squares", "total", "value.json"), "utf8")

/** Path → what is to be harmed there. */
const files = (): ReadonlyArray<string> => [
  ".brink/codes.json",
  ".brink/blueprints/squares.json",
  join(".brink/bundles", readdirSync(join(project.root, ".brink", "bundles")).sort()[0]!),
  "artifacts/latest/squares/.links.json"
]

const harms: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  cut: (bytes) => bytes.subarray(0, draw.index(bytes.length)),
  flipped: (bytes) => {
    const at = draw.index(bytes.length)
    return bytes.with(at, bytes[at]! ^ (1 << draw.index(8)))
  }
}

/** How often everything is harmed; the long version asks for more. */
const ROUNDS = Number(process.env["BRINK_ROUNDS"] ?? 2)

describe("what is remembered beside a store", () => {
  it(`is made anew where it is harmed, and nothing is taken from it (seed ${SEED})`, () => {
    assert.strictEqual(project.brink("run", "squares").code, 0)
    const expected = total()
    for (let round = 0; round < ROUNDS; round++) {
      const about = files().map((path) => {
        const how = Object.keys(harms)[draw.index(2)]!
        writeFileSync(join(project.root, path), harms[how]!(readFileSync(join(project.root, path))))
        return `${path} ${how}`
      })
      const outcome = project.brink("run", "squares", "--force", "*")
      assert.strictEqual(outcome.code, 0, `${about}: ${outcome.stderr}`)
      assert.strictEqual(project.executed(outcome).length, 5, `${about}`)
      assert.strictEqual(total(), expected, `${about}`)
      assert.include(project.brink("run", "squares").stderr, "up to date", `${about}`)
    }
  })
})
