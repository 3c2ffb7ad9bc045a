/** Hutchinson's trace: where it is exact, and that its error is what it says. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed } from "../../../src/random/Prng.ts"
import { scaled } from "../../../src/spectral/operators.ts"
import { trace } from "../../../src/spectral/trace.ts"
import { diagonal, withSpectrum } from "../../support/symmetric.ts"

const spectrum = Array.from({ length: 40 }, (_, i) => 10 / (1 + i) - 0.3)
const exact = spectrum.reduce((sum, value) => sum + value, 0)

describe("trace", () => {
  it.effect("is exact for a diagonal matrix, and then has no error", () =>
    Effect.gen(function* () {
      const found = yield* trace({ ...diagonal([3, -1, 0.5]), probes: 4, seed: 0 })
      assert.deepStrictEqual(found, { value: 2.5, standardError: 0, draws: 4 })
      const weighted = yield* trace({
        dimension: 3,
        multiply: scaled(diagonal([3, -1, 0.5]).multiply, [1, 2, 2]),
        probes: 2,
        seed: 0
      })
      assert.strictEqual(weighted.value, 3 - 4 + 2)
    })
  )

  it.effect("is off by its standard error, as often as a normal number is", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(1), spectrum)
      let inside = 0
      for (let seed = 0; seed < 200; seed++) {
        const { value, standardError } = yield* trace({ ...matrix, probes: 30, seed })
        if (Math.abs(value - exact) <= standardError!) inside++
      }
      assert.isAtLeast(inside, 115) // 68 % of 200, less three standard deviations
      assert.isAtMost(inside, 156)
    })
  )

  it.effect("has the variance 2 Σ_{i≠j} H_ij²", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(2), spectrum)
      const n = matrix.dimension
      const variance = matrix.entries.reduce((sum, value, at) => (at % (n + 1) === 0 ? sum : sum + 2 * value ** 2), 0)
      const { standardError } = yield* trace({ ...matrix, probes: 4000, seed: 5 })
      assert.closeTo(standardError! / Math.sqrt(variance / 4000), 1, 0.05)
    })
  )

  it.effect("makes as many products as it has probes, the first of which do not depend on the number", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(3), spectrum)
      const one = yield* trace({ ...matrix, probes: 1, seed: "a" })
      const two = yield* trace({ ...matrix, probes: 2, seed: "a" })
      assert.strictEqual(matrix.products(), 3)
      assert.isUndefined(one.standardError)
      assert.closeTo(Math.abs(two.value - one.value), two.standardError!, 1e-12)
    })
  )

  it.effect("fails where a product is not finite", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(trace({ ...diagonal([1, Number.NaN]), probes: 3, seed: 0 }))
      assert.strictEqual(error._tag, "ProductNotFinite")
      const exit = yield* Effect.exit(trace({ ...diagonal([1]), probes: 0, seed: 0 }))
      assert.strictEqual(exit._tag, "Failure")
    })
  )
})
