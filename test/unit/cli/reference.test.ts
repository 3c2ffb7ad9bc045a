/** The reference of the command line: it is what the commands say, and every command says enough. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { reference } from "../../../src/cli/reference.ts"
import { repository } from "../../support/project.ts"

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(repository, "docs")).map((name) => join("docs", name))
]
  .filter((path) => path.endsWith(".md") && path !== join("docs", "cli.md"))
  .map((path) => ({ path, text: readFileSync(join(repository, path), "utf8") }))

/** Every command of a page, in a line of shell or within a sentence, as its words. */
const commandsIn = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.split("\n"))
  const quoted = [...text.matchAll(/`(brink [^`\n]+)`/g)].map(([, command]) => command!)
  return [...lines, ...quoted].flatMap((line) => {
    const [, command] = line.match(/^(?:npx )?brink ([^#|]+)/) ?? []
    return command === undefined ? [] : [command.trim().split(/\s+/)]
  })
}

const written = Effect.provide(reference, NodeServices.layer)

describe("docs/cli.md", () => {
  it.effect("is what the commands say: npm run docs:cli", () =>
    Effect.gen(function* () {
      assert.strictEqual(readFileSync(join(repository, "docs", "cli.md"), "utf8"), yield* written)
    })
  )

  it.effect("has a section for every verb, with a description, and an example that begins with it", () =>
    Effect.gen(function* () {
      const text = yield* written
      const verbs = [...text.matchAll(/^\| \[`(\w+)`\]/gm)].map((match) => match[1]!)
      assert.isAtLeast(verbs.length, 16)
      const sections = text.split(/^## /m).slice(1)
      assert.deepStrictEqual(
        sections.map((section) => section.split("\n")[0]),
        verbs.map((verb) => `brink ${verb}`)
      )
      for (const [i, section] of sections.entries()) {
        assert.match(section, /^brink \w+\n\n[A-Z].{20,}\n/, verbs[i])
        assert.match(section, new RegExp(`^brink ${verbs[i]}\\b.* # [A-Z]`, "m"), `${verbs[i]} has no example`)
        const undescribed = [...section.matchAll(/^\| (`.*) \|\s*\|$/gm)].map((match) => match[1])
        assert.deepStrictEqual(undescribed, [], `${verbs[i]} has flags or arguments without a word`)
      }
    })
  )

  it.effect("knows every verb and flag that another page shows", () =>
    Effect.gen(function* () {
      const [head, ...sections] = (yield* written).split(/^## brink /m)
      const namesIn = (part: string) => [...part.matchAll(/`(--?[a-zA-Z][a-z-]*)`/g)].map(([, name]) => name!)
      const flags = new Map(sections.map((part) => [part.split("\n")[0]!, [...namesIn(head!), ...namesIn(part)]]))
      const wrong: Array<string> = []
      let commands = 0
      for (const { path, text } of pages)
        for (const [verb, ...words] of commandsIn(text)) {
          commands++
          const known = verb!.startsWith("-") ? namesIn(head!) : flags.get(verb!)
          const given = [...(verb!.startsWith("-") ? [verb!] : []), ...words.filter((word) => word.startsWith("-"))]
          const unknown = given.map((word) => word.split("=")[0]!).filter((word) => known?.includes(word) !== true)
          if (known === undefined || unknown.length > 0) wrong.push(`${path}: brink ${[verb, ...words].join(" ")}`)
        }
      assert.deepStrictEqual(wrong, [])
      assert.isAbove(commands, 40)
    })
  )
})
