/** What is left out of the definition of a stage. */
import { parse } from "acorn"
import * as walk from "acorn-walk"
import { assert, describe, it } from "vitest"
import { withoutConduct } from "../../../src/pipeline/withoutConduct.ts"

const without = (code: string): string =>
  withoutConduct(code, parse(code, { ecmaVersion: "latest", sourceType: "module" }), walk)

describe("how the actions of a stage are run", () => {
  const changed: Readonly<Record<string, readonly [string, string]>> = {
    "at the beginning": ['Stage.make("a", { timeout: "1 hours", run })', 'Stage.make("a", { run })'],
    "at the end": ["Stage.make(name, { run, needs: { cores: 2 } })", "Stage.make(name, { run, })"],
    "at the end, with a comma": ["Stage.make(name, { run, retries: f(1), })", "Stage.make(name, { run, })"],
    "several, wherever they are": [
      'export const a = Stage.make("a", { takes, extends: ["steps"], makes, retries: {}, run: () => 1 })',
      'export const a = Stage.make("a", { takes, makes, run: () => 1 })'
    ]
  }
  for (const [what, [code, expected]] of Object.entries(changed)) {
    it(`is left out ${what}`, () => {
      const found = without(code)
      assert.strictEqual(found.replaceAll(/ +/g, " "), expected)
      assert.strictEqual(found.length, code.length)
    })
  }

  const same: Readonly<Record<string, string>> = {
    "in other calls": 'Artifact.make("a", { timeout: 1 })',
    "deeper in the definition": 'Stage.make("a", { run: () => go({ timeout: 1 }), takes: { retries: Schema.Int } })',
    "where its name is computed": 'Stage.make("a", { ["timeout"]: 1 })',
    "where there are no options": 'Stage.make("a", options)'
  }
  for (const [what, code] of Object.entries(same)) {
    it(`stays ${what}`, () => assert.strictEqual(without(code), code))
  }
})
