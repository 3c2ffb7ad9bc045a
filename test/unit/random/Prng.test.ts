/** Draws: frozen, independent of order, and distributed as they say. */
import { assert, describe, it } from "vitest"
import * as Prng from "../../../src/random/Prng.ts"

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
const power = (values: Float64Array, exponent: number): number => mean(values.map((value) => value ** exponent))

describe("Prng", () => {
  it("gives the frozen numbers: a change here changes every run that draws", () => {
    assert.deepStrictEqual(Prng.fromSeed(0).key, [1829753692, 2165362605, 3408235593, 4214959387])
    assert.deepStrictEqual(
      [...Prng.uniform(Prng.fromSeed(0), 3)],
      [0.6698710223302445, 0.08807903009745666, 0.4119904483489547]
    )
    assert.deepStrictEqual(
      [...Prng.uniform(Prng.split(Prng.fromSeed(0), "layer0.weight"), 2)],
      [0.129668501597903, 0.9922817016074974]
    )
  })

  it("gives the frozen normal numbers, up to the last bits of the logarithm", () => {
    const drawn = Prng.normal(Prng.fromSeed(0), 3)
    const expected = [1.2665773998805332, 0.7825122420929368, -0.9451903864817403]
    assert.isTrue(expected.every((value, i) => Math.abs(drawn[i]! - value) < 1e-14))
  })

  it("takes a number and its decimal text as one seed, and other seeds as others", () => {
    assert.deepStrictEqual(Prng.fromSeed(7), Prng.fromSeed("7"))
    assert.notDeepEqual(Prng.fromSeed(7), Prng.fromSeed(8))
    assert.notDeepEqual(Prng.fromSeed(7), Prng.fromSeed(7.5))
  })

  it("refuses a seed that is not finite", () => {
    assert.throws(() => Prng.fromSeed(Number.NaN), TypeError)
  })

  it("splits by label: equal labels agree, other labels, orders and lengths differ", () => {
    const root = Prng.fromSeed("root")
    const labels = ["", "a", "b", "ab", "ba", "a\u0000", "layer0.weight", "layer0.weight ", "x".repeat(24), "ünïcode"]
    assert.strictEqual(new Set(labels.map((label) => Prng.split(root, label).key.join())).size, labels.length)
    assert.deepStrictEqual(Prng.split(root, "a"), Prng.split(root, "a"))
    assert.notDeepEqual(Prng.split(Prng.split(root, "a"), "b"), Prng.split(Prng.split(root, "b"), "a"))
    assert.notDeepEqual(Prng.split(Prng.split(root, "a"), "b"), Prng.split(root, "ab"))
  })

  it("draws the beginning of a longer draw", () => {
    const prng = Prng.fromSeed(1)
    for (const draw of [Prng.uniform, Prng.normal]) {
      assert.deepStrictEqual(draw(prng, 7), draw(prng, 100).slice(0, 7))
      assert.strictEqual(draw(prng, 0).length, 0)
    }
  })

  it("draws uniform numbers with the moments of the uniform distribution", () => {
    const values = Prng.uniform(Prng.fromSeed(2), 40_000)
    assert.isTrue(values.every((value) => value >= 0 && value < 1))
    assert.closeTo(mean(values), 1 / 2, 0.006) // 4 standard errors of 1/√(12·40000)
    assert.closeTo(power(values, 2), 1 / 3, 0.006)
    const wide = Prng.uniform(Prng.fromSeed(2), 1000, -3, 5)
    assert.isTrue(wide.every((value) => value >= -3 && value < 5))
    assert.closeTo(wide[0]!, -3 + 8 * values[0]!, 1e-15)
  })

  it("draws normal numbers with the moments of the normal distribution", () => {
    const values = Prng.normal(Prng.fromSeed(3), 40_000)
    assert.closeTo(mean(values), 0, 0.02) // 4 standard errors: 1/√n, √2/√n, √15/√n, √96/√n
    assert.closeTo(power(values, 2), 1, 0.029)
    assert.closeTo(power(values, 3), 0, 0.078)
    assert.closeTo(power(values, 4), 3, 0.2)
  })

  it("does not correlate the streams of two labels", () => {
    const root = Prng.fromSeed(4)
    const a = Prng.normal(Prng.split(root, "a"), 20_000)
    const b = Prng.normal(Prng.split(root, "b"), 20_000)
    assert.closeTo(mean(a.map((value, i) => value * b[i]!)), 0, 0.029)
  })
})
