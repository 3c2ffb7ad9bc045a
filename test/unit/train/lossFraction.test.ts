/** How far a loss has come: always a number between 0 and 1. */
import { assert, describe, it } from "vitest"
import { lossFraction } from "../../../src/train/lossFraction.ts"

describe("lossFraction", () => {
  it("goes evenly on a logarithmic scale", () => {
    assert.closeTo(lossFraction(1, 0.1, 0.01), 0.5, 1e-12)
    assert.strictEqual(lossFraction(1, 1, 0.01), 0)
    assert.strictEqual(lossFraction(1, 0.001, 0.01), 1)
    assert.strictEqual(lossFraction(1, 5, 0.01), 0)
  })

  it("is whole where the start is at the threshold or below, and nothing where the loss is no number", () => {
    assert.strictEqual(lossFraction(0.1, 0.1, 0.1), 1)
    assert.strictEqual(lossFraction(0.05, 0.06, 0.1), 1)
    assert.strictEqual(lossFraction(1, Number.NaN, 0.1), 0)
    assert.strictEqual(lossFraction(1, 0.5, 0), 0)
  })
})
