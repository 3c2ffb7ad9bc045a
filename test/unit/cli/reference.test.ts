/** The reference of the command line: it is what the commands say, and every command says enough. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { reference } from "../../../src/cli/reference.ts"
import { repository } from "../../support/project.ts"

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
})
