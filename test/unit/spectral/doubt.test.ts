/** What a Krylov space says about eigenvalues it has not found, where the answer is known. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { bound, excludes, limitOf } from "../../../src/spectral/doubt.ts"
import { growKrylov } from "../../../src/spectral/krylov.ts"
import { diagonal } from "../../support/symmetric.ts"

const unit = (v: Float64Array): Float64Array => v.map((value) => value / Math.hypot(...v))

const grown = (spectrum: ReadonlyArray<number>, start: Float64Array, products: number) =>
  growKrylov({
    multiply: diagonal(spectrum).multiply,
    start: unit(start),
    locked: [],
    enough: () => false,
    maxProducts: products,
    productsBefore: 0
  })

describe("doubt", () => {
  it.effect("after one product α with remainder β, x is excluded from 1 + (x − α)²/β² > limit on", () =>
    Effect.gen(function* () {
      const space = yield* grown([3, 1], Float64Array.of(1, 1), 1) // α = 2, β = 1
      assert.isFalse(excludes(space, 2 + 2.99, 10))
      assert.isTrue(excludes(space, 2 + 3.01, 10))
      assert.closeTo(bound(space, 2, 1, 3, 10), 5, 1e-8)
      assert.closeTo(bound(space, 2, -1, 3, 10), -1, 1e-8)
    })
  )

  it.effect("an eigenvalue is never excluded by the limit 1/γ² of the start's component along its vector", () =>
    Effect.gen(function* () {
      const spectrum = [9, 8.5, 4, 1, 0.5, 0.2, 0, -0.1, -3]
      for (let seed = 0; seed < 50; seed++) {
        const start = unit(normal(split(fromSeed("doubt"), `${seed}`), spectrum.length))
        for (let products = 1; products < 9; products++) {
          const space = yield* grown(spectrum, start, products)
          spectrum.forEach((value, i) => {
            assert.isFalse(excludes(space, value, (1 + 1e-9) / start[i]! ** 2), `seed ${seed}, ${products}, ${value}`)
          })
        }
      }
    })
  )

  it.effect("more products bring the bound nearer", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 100 }, (_, i) => i / 100)
      const start = normal(fromSeed("nearer"), 100)
      const limit = limitOf(100, 1, 0.01)
      const bounds: Array<number> = []
      for (const products of [2, 5, 10, 20, 40, 100]) {
        const space = yield* grown(spectrum, start, products)
        bounds.push(bound(space, 0.99, 1, 1, limit))
      }
      assert.deepStrictEqual(
        bounds,
        bounds.toSorted((a, b) => b - a)
      )
      assert.isAbove(bounds[0]!, 1.2)
      assert.closeTo(bounds.at(-1)!, 0.99, 1e-5)
    })
  )

  it("a smaller doubt, a larger dimension and a smaller random part need more growth", () => {
    const base = limitOf(1000, 1, 0.01)
    assert.isAbove(limitOf(1000, 1, 0.001), base)
    assert.isAbove(limitOf(10_000, 1, 0.01), base)
    assert.isAbove(limitOf(1000, 0.3, 0.01), base)
  })

  it("says nothing of the zero matrix but that it is zero", () => {
    assert.strictEqual(bound({ diagonal: [0], offDiagonal: [], remainder: 0 }, 0, 1, 0, 100), 0)
  })
})
