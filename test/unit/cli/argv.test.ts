/** What somebody may type, and what the parser reads. */
import { assert, describe, it } from "vitest"
import { detachNumbers } from "../../../src/cli/argv.ts"

describe("a number attached to short flags", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["run quickstart -j4", "run quickstart -j 4"],
    ["run quickstart -kj12 report", "run quickstart -kj 12 report"],
    ["run quickstart -j-1", "run quickstart -j -1"],
    ["run quickstart -j 4 --jobs=2", "run quickstart -j 4 --jobs=2"],
    ["run quickstart --set threshold=-4 -5 -1e3", "run quickstart --set threshold=-4 -5 -1e3"],
    ["run quickstart -- -j4", "run quickstart -- -j4"],
    ["", ""]
  ]
  for (const [typed, read] of cases)
    it(`"${typed}" is read as "${read}"`, () =>
      assert.deepStrictEqual(detachNumbers(typed.split(" ")), read.split(" ")))
})
