/** Block Lanczos on small matrices: what it finds, what it counts, and what it admits. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { type BlockLanczosOptions, blockLanczos } from "../../../src/spectral/blockLanczos.ts"
import { lanczos, requireConverged } from "../../../src/spectral/lanczos.ts"
import { diagonal, type Symmetric, withSpectrum } from "../../support/symmetric.ts"

const randomBlock = (dimension: number, size: number, seed = "block"): ReadonlyArray<Float64Array> =>
  Array.from({ length: size }, (_, i) => normal(split(fromSeed(seed), `${i}`), dimension))

const find = (matrix: Symmetric, size: number, options: Partial<BlockLanczosOptions<never, never>> = {}) =>
  blockLanczos({
    dimension: matrix.dimension,
    multiplyBlock: (vectors) => Effect.forEach(vectors, matrix.multiply),
    starts: randomBlock(matrix.dimension, size),
    wanted: { largest: 1, smallest: 1 },
    tolerance: 1e-8,
    maxProducts: 500,
    ...options
  })

const assertValues = (actual: ReadonlyArray<{ readonly value: number }>, expected: ReadonlyArray<number>) => {
  const values = actual.map(({ value }) => value)
  assert.strictEqual(values.length, expected.length, `got ${values}, expected ${expected}`)
  values.forEach((value, i) => {
    assert.closeTo(value, expected[i]!, 1e-7, `got ${values}, expected ${expected}`)
  })
}

describe("blockLanczos", () => {
  it.effect("finds several eigenvalues at both ends, with blocks of any size", () =>
    Effect.gen(function* () {
      const spectrum = [-9, -3, -1, 0, 0.5, 2, 7, 8]
      for (const size of [1, 2, 3, 5, 8]) {
        const matrix = withSpectrum(fromSeed(1), spectrum)
        const found = yield* find(matrix, size, { wanted: { largest: 3, smallest: 2 } })
        assertValues(found.largest, [8, 7, 2])
        assertValues(found.smallest, [-9, -3])
        assert.isTrue(found.converged)
        assert.strictEqual(found.products, matrix.products())
      }
    })
  )

  it.effect("meets as many copies of an eigenvalue as the block has vectors, without a second space", () =>
    Effect.gen(function* () {
      const spectrum = [5, 5, 5, 1, -2, ...Array.from({ length: 40 }, (_, i) => -1 + i / 25)]
      const found = yield* find(withSpectrum(fromSeed(3), spectrum), 3, { wanted: { largest: 3, smallest: 0 } })
      assertValues(found.largest, [5, 5, 5])
      assert.isTrue(found.converged)
      const more = yield* find(withSpectrum(fromSeed(3), spectrum), 2, { wanted: { largest: 3, smallest: 0 } })
      assertValues(more.largest, [5, 5, 5])
      assert.isTrue(more.converged)
      assert.isAbove(more.products, found.products)
    })
  )

  it.effect("agrees with the method for single vectors, in fewer calls and more products", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 120 }, (_, i) => i ** 2 / 100)
      const wanted = { largest: 2, smallest: 0 }
      const single = yield* lanczos({
        dimension: 120,
        multiply: withSpectrum(fromSeed(4), spectrum).multiply,
        start: randomBlock(120, 1)[0]!,
        wanted,
        tolerance: 1e-8,
        maxProducts: 500,
        copies: false
      })
      const block = yield* find(withSpectrum(fromSeed(4), spectrum), 4, { wanted })
      assertValues(
        block.largest,
        single.largest.map(({ value }) => value)
      )
      assert.isBelow(block.calls, single.products)
      assert.isAbove(block.products, single.products)
    })
  )

  it.effect("starts again where the block lies in an invariant subspace", () =>
    Effect.gen(function* () {
      const starts = [Float64Array.of(1, 1, 0, 0, 0, 0), Float64Array.of(1, -1, 0, 0, 0, 0)]
      const found = yield* find(diagonal([1, 2, 3, 4, 5, 6]), 2, { starts })
      assertValues(found.largest, [6])
      assertValues(found.smallest, [1])
      assert.isTrue(found.converged)
    })
  )

  it.effect("leaves out starts that depend on the others, and takes blocks wider than the matrix", () =>
    Effect.gen(function* () {
      const [a, b] = randomBlock(6, 2)
      const starts = [a!, b!, a!.map((value, i) => 2 * value - b![i]!)]
      const found = yield* find(diagonal([1, 2, 3, 4, 5, 6]), 3, { starts })
      assertValues(found.largest, [6])
      const wide = yield* find(diagonal([1, 2]), 4, { wanted: { largest: 3, smallest: 2 } })
      assertValues(wide.largest, [2, 1])
      assertValues(wide.smallest, [1, 2])
      assert.isTrue(wide.converged)
    })
  )

  it.effect("saves products from good guesses beside a random vector", () =>
    Effect.gen(function* () {
      const spectrum = [30, 28, 25, ...Array.from({ length: 100 }, (_, i) => i / 10)]
      const matrix = withSpectrum(fromSeed(6), spectrum)
      const options = { wanted: { largest: 3, smallest: 0 }, tolerance: 1e-3 } as const
      const cold = yield* find(matrix, 4, options)
      const starts = [...cold.largest.map(({ vector }) => vector), randomBlock(103, 1, "fresh")[0]!]
      const warm = yield* find(matrix, 4, { ...options, starts })
      for (const [i, { value }] of warm.largest.entries()) assert.closeTo(value, [30, 28, 25][i]!, 1e-5)
      assert.isBelow(warm.products, cold.products)
    })
  )

  it.effect("says what is not converged when the products run out", () =>
    Effect.gen(function* () {
      const matrix = withSpectrum(
        fromSeed(5),
        Array.from({ length: 80 }, (_, i) => i / 80)
      )
      for (const maxProducts of [3, 4, 9, 20]) {
        const before = matrix.products()
        const found = yield* find(matrix, 3, { maxProducts })
        assert.isFalse(found.converged)
        assert.strictEqual(found.products, matrix.products() - before)
        assert.isAtMost(found.products, maxProducts)
        const error = yield* Effect.flip(requireConverged(found))
        assert.strictEqual(error._tag, "LanczosNotConverged")
      }
    })
  )

  it.effect("fails where a product is not finite", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(find(diagonal([1, Number.NaN, 3, 4]), 2))
      assert.strictEqual(error._tag, "ProductNotFinite")
      assert.strictEqual(error.product, 1)
    })
  )
})
