/** Stochastic Lanczos quadrature: exact moments, counts of eigenvalues, and smoothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed } from "../../../src/random/Prng.ts"
import { density, smoothed, traceOf } from "../../../src/spectral/density.ts"
import { diagonal, rotated, withSpectrum } from "../../support/symmetric.ts"

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0)

describe("density", () => {
  it.effect("has positive weights of sum 1, and as many nodes as steps", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(1), [...Array.from({ length: 50 }, (_, i) => i / 50), 3, -1])
      const found = yield* density({ ...matrix, probes: 5, steps: 12, seed: 0 })
      assert.strictEqual(found.quadratures.length, 5)
      assert.strictEqual(found.products, 60)
      assert.strictEqual(matrix.products(), 60)
      for (const { nodes, weights } of found.quadratures) {
        assert.strictEqual(nodes.length, 12)
        assert.closeTo(sum(weights), 1, 1e-13)
        assert.isTrue(weights.every((weight) => weight >= 0))
        assert.isTrue(nodes.every((node) => node >= -1 - 1e-12 && node <= 3 + 1e-12))
      }
    })
  )

  it.effect("has the moments zᵀHᵏz up to 2 · steps − 1", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(2), [2, 1.5, 1, 0.7, 0.3, -0.4, -1])
      const few = yield* density({ ...matrix, probes: 1, steps: 3, seed: 4 })
      const all = yield* density({ ...matrix, probes: 1, steps: 7, seed: 4 })
      for (let k = 0; k <= 5; k++) {
        const moment = (found: typeof few) => traceOf(found, (value) => value ** k).value
        assert.closeTo(moment(few), moment(all), 1e-12)
      }
    })
  )

  it.effect("where it runs through the whole space, its nodes are the eigenvalues", () =>
    Effect.gen(function* () {
      const spectrum = [-1, 0.5, 2, 4]
      const found = yield* density({ ...withSpectrum(fromSeed(3), spectrum), probes: 3, steps: 20, seed: 1 })
      for (const { nodes } of found.quadratures) {
        nodes.forEach((node, i) => {
          assert.closeTo(node, spectrum[i]!, 1e-12)
        })
      }
      assert.strictEqual(found.products, 12)
    })
  )

  it.effect("counts eigenvalues in an interval to its standard error", () =>
    Effect.gen(function* () {
      const n = 2000
      const uniform = Float64Array.from({ length: n }, (_, i) => (2 * i) / (n - 1) - 1)
      const found = yield* density({ ...rotated(uniform, 0.3), probes: 20, steps: 60, seed: 2 })
      const above = traceOf(found, (value) => (value > 0.5 ? 1 : 0))
      assert.closeTo(above.value, n / 4, 4 * above.standardError! + n / 60)
      const squares = traceOf(found, (value) => value ** 2)
      assert.closeTo(squares.value, sum(uniform.map((x) => x * x)), 4 * squares.standardError!)
    })
  )

  it.effect("smoothed, integrates to 1 and shows two levels with their shares", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 40 }, (_, i) => (i < 10 ? 3 : -1))
      const found = yield* density({ ...diagonal(spectrum), probes: 400, steps: 5, seed: 0 })
      const width = 0.2
      const grid = Float64Array.from({ length: 801 }, (_, i) => -3 + i / 100)
      const curve = smoothed(found, grid, width)
      assert.closeTo(sum(curve) / 100, 1, 1e-9)
      const upper = sum(curve.filter((_, i) => grid[i]! > 1)) / 100
      assert.closeTo(upper, 0.25, 0.02)
      const peak = 0.75 / (Math.sqrt(2 * Math.PI) * width)
      assert.closeTo(curve[200]!, peak, 0.05 * peak) // at −1
    })
  )

  it.effect("probes do not depend on how many there are", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(fromSeed(5), [1, 2, 3, 4, 5, 6])
      const one = yield* density({ ...matrix, probes: 1, steps: 4, seed: 7 })
      const three = yield* density({ ...matrix, probes: 3, steps: 4, seed: 7 })
      assert.deepStrictEqual(three.quadratures[0], one.quadratures[0])
      assert.notDeepEqual(three.quadratures[1], one.quadratures[0])
    })
  )

  it.effect("fails where a product is not finite, and refuses no probes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(density({ ...diagonal([1, Number.NaN]), probes: 1, steps: 2, seed: 0 }))
      assert.strictEqual(error._tag, "ProductNotFinite")
      const exit = yield* Effect.exit(density({ ...diagonal([1]), probes: 1, steps: 0, seed: 0 }))
      assert.strictEqual(exit._tag, "Failure")
    })
  )
})
