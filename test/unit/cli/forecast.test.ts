/** What is expected, in words. */
import { assert, describe, it } from "vitest"
import { costLine, leftWords } from "../../../src/cli/forecast.ts"

describe("the cost of a plan", () => {
  it("is work and time, with how many at a time", () => {
    assert.strictEqual(
      costLine({ work: 720_000, finish: 361_000, unknown: 0 }, 9, 2),
      "cost: about 12 min 0 s of work, done in about 6 min 1 s with 2 at a time"
    )
  })

  it("leaves out what nothing is known of, and says so", () => {
    assert.match(
      costLine({ work: 2000, finish: 1000, unknown: 3 }, 9, 2),
      /, without 3 of 9 whose like has not run yet$/
    )
    assert.strictEqual(
      costLine({ work: 0, finish: 0, unknown: 9 }, 9, 2),
      "cost: unknown, as nothing like it has run yet"
    )
  })
})

describe("what is left of a run", () => {
  it("is told in whole seconds, as the least where something is not known", () => {
    assert.strictEqual(leftWords({ work: 1, finish: 200_400, unknown: 0 }, 5), "about 3 min 20 s left")
    assert.strictEqual(
      leftWords({ work: 1, finish: 20, unknown: 1 }, 5),
      "about 1.0 s left, without 1 whose like has not run yet"
    )
    assert.strictEqual(leftWords({ work: 0, finish: 0, unknown: 5 }, 5), "time left unknown")
    assert.strictEqual(leftWords({ work: 0, finish: 0, unknown: 0 }, 0), "")
  })
})
