/** The stopping rule, loss by loss. */
import { assert, describe, it } from "vitest"
import { leftAgain, nothingSeen, observe, type StoppingRule } from "../../../src/train/stopping.ts"

const rule: StoppingRule = { threshold: 1, patience: 3, divergence: 10 }
const watching = (...losses: ReadonlyArray<number>) => observe(nothingSeen, Float64Array.from(losses), rule)

describe("observe", () => {
  it("converges at the last of `patience` consecutive steps at or below the threshold", () => {
    assert.strictEqual(watching(5, 1, 0.5).verdict, undefined)
    const watch = watching(5, 1, 0.5, 1, 9, 9)
    assert.strictEqual(watch.verdict, "Converged")
    assert.strictEqual(watch.seen, 4)
  })

  it("begins to count again when the loss comes back above", () => {
    const watch = watching(5, 1, 1, 2, 1, 1)
    assert.strictEqual(watch.verdict, undefined)
    assert.strictEqual(watch.held, 2)
    assert.strictEqual(watch.firstTouch, 1)
    assert.strictEqual(observe(watch, Float64Array.of(1), rule).verdict, "Converged")
  })

  it("diverges above ten times the initial loss, and on what is not finite", () => {
    assert.strictEqual(watching(5, 50).verdict, undefined)
    assert.strictEqual(watching(5, 50.1).verdict, "Diverged")
    assert.strictEqual(watching(5, Number.NaN).verdict, "Diverged")
    assert.strictEqual(watching(5, Number.NEGATIVE_INFINITY).verdict, "Diverged")
    assert.strictEqual(watching(Number.NaN).verdict, "Diverged")
    assert.strictEqual(watching(5, 60, 1, 1, 1).seen, 2)
  })

  it("is the same whether losses come at once or one by one", () => {
    const losses = [5, 1, 1, 2, 0.5, 7, 1, 1, 1, 4]
    let watch = nothingSeen
    for (const loss of losses) watch = observe(watch, Float64Array.of(loss), rule)
    assert.deepStrictEqual(watch, watching(...losses))
  })

  it("stops looking at the first verdict", () => {
    const watch = watching(5, 1, 1, 1)
    assert.deepStrictEqual(observe(watch, Float64Array.of(100), rule), watch)
  })

  it("tells a threshold that was left again from one that is still held", () => {
    assert.isFalse(leftAgain(watching(5, 4, 3)))
    assert.isFalse(leftAgain(watching(5, 1, 1)))
    assert.isTrue(leftAgain(watching(5, 1, 2)))
    assert.isTrue(leftAgain(watching(5, 1, 2, 1, 1)))
  })
})
