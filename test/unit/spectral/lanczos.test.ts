/** Lanczos on small matrices: what it finds, what it counts, and what it admits. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { lanczos, requireConverged } from "../../../src/spectral/lanczos.ts"
import { diagonal, type Symmetric, withSpectrum } from "../../support/symmetric.ts"

const find = (
  matrix: Symmetric,
  options: Partial<Omit<Parameters<typeof lanczos>[0], "multiply" | "dimension">> = {}
) =>
  lanczos({
    start: normal(fromSeed("start"), matrix.dimension),
    wanted: { largest: 1, smallest: 1 },
    tolerance: 1e-8,
    maxProducts: 500,
    ...options,
    dimension: matrix.dimension,
    multiply: matrix.multiply
  })

const values = (pairs: ReadonlyArray<{ readonly value: number }>): ReadonlyArray<number> =>
  pairs.map(({ value }) => value)

const assertValues = (actual: ReadonlyArray<{ readonly value: number }>, expected: ReadonlyArray<number>) => {
  assert.strictEqual(actual.length, expected.length, `got ${values(actual)}, expected ${expected}`)
  values(actual).forEach((value, i) => {
    assert.closeTo(value, expected[i]!, 1e-7, `got ${values(actual)}, expected ${expected}`)
  })
}

describe("lanczos", () => {
  it.effect("finds both ends of a spectrum with negative eigenvalues", () =>
    Effect.gen(function* () {
      const spectrum = [-9, -3, -1, 0, 0.5, 2, 7]
      const found = yield* find(withSpectrum(fromSeed(1), spectrum), { wanted: { largest: 3, smallest: 1 } })
      assertValues(found.largest, [7, 2, 0.5])
      assertValues(found.smallest, [-9])
      assert.isTrue(found.converged)
    })
  )

  it.effect("takes dimension 1, and wants no more than there is", () =>
    Effect.gen(function* () {
      const found = yield* find(diagonal([-4]), { wanted: { largest: 3, smallest: 1 } })
      assertValues(found.largest, [-4])
      assertValues(found.smallest, [-4])
      assert.isTrue(found.converged)
    })
  )

  it.effect("takes dimension 2", () =>
    Effect.gen(function* () {
      const found = yield* find(withSpectrum(fromSeed(2), [5, -6]), { wanted: { largest: 2, smallest: 1 } })
      assertValues(found.largest, [5, -6])
      assertValues(found.smallest, [-6])
    })
  )

  it.effect("takes the zero matrix", () =>
    Effect.gen(function* () {
      const found = yield* find(diagonal([0, 0, 0, 0]), { wanted: { largest: 2, smallest: 1 } })
      assertValues(found.largest, [0, 0])
      assertValues(found.smallest, [0])
      assert.isTrue(found.converged)
      assert.isTrue(found.largest.every(({ residual }) => residual === 0))
    })
  )

  it.effect("finds every copy of a multiple eigenvalue", () =>
    Effect.gen(function* () {
      const spectrum = [5, 5, 5, 1, 1, -2, -2, ...Array.from({ length: 30 }, (_, i) => -1 + i / 20)]
      const found = yield* find(withSpectrum(fromSeed(3), spectrum), { wanted: { largest: 5, smallest: 1 } })
      assertValues(found.largest, [5, 5, 5, 1, 1])
      assertValues(found.smallest, [-2])
      assert.isTrue(found.converged)
    })
  )

  it.effect("spends no second space on copies where one pair, or no copy, is wanted", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 60 }, (_, i) => i ** 2 / 100)
      const one = yield* find(withSpectrum(fromSeed(4), spectrum), { wanted: { largest: 1, smallest: 0 } })
      const two = { wanted: { largest: 2, smallest: 0 } } as const
      const skipped = yield* find(withSpectrum(fromSeed(4), spectrum), { ...two, copies: false })
      const checked = yield* find(withSpectrum(fromSeed(4), spectrum), two)
      assert.isBelow(one.products, 40)
      assert.isBelow(skipped.products, 40)
      assert.isAbove(checked.products, skipped.products + 10)
      assert.isTrue(one.converged && skipped.converged && checked.converged)
    })
  )

  it.effect("starts again where the start lies in an invariant subspace", () =>
    Effect.gen(function* () {
      const found = yield* find(diagonal([1, 2, 3, 4, 5, 6]), { start: Float64Array.of(1, 1, 0, 0, 0, 0) })
      assertValues(found.largest, [6])
      assertValues(found.smallest, [1])
      assert.isTrue(found.converged)
      const single = yield* find(diagonal([3, 3, 3, 1]), {
        start: Float64Array.of(0, 0, 0, 1),
        wanted: { largest: 4, smallest: 0 }
      })
      assertValues(single.largest, [3, 3, 3, 1])
      assert.isTrue(single.converged)
    })
  )

  it.effect("does not let one Ritz pair stand for both ends when the start is nearly an eigenvector", () =>
    Effect.gen(function* () {
      const start = Float64Array.of(1, 1e-9, 1e-9, 1e-9)
      const found = yield* find(diagonal([9, 1, 0, -2]), { start, tolerance: 1e-3 })
      assertValues(found.largest, [9])
      assertValues(found.smallest, [-2])
    })
  )

  it.effect("counts every product and keeps to the allowed number", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 80 }, (_, i) => Math.sin(i))
      for (const maxProducts of [3, 5, 10, 40, 500]) {
        const matrix = withSpectrum(fromSeed(5), spectrum)
        const found = yield* find(matrix, { maxProducts, wanted: { largest: 2, smallest: 1 } })
        assert.strictEqual(found.products, matrix.products())
        assert.isAtMost(found.products, Math.max(4, maxProducts))
      }
    })
  )

  it.effect("says which pairs are not converged, and by how much", () =>
    Effect.gen(function* () {
      const spectrum = Array.from({ length: 80 }, (_, i) => i / 80)
      const found = yield* find(withSpectrum(fromSeed(6), spectrum), { maxProducts: 10 })
      assert.isFalse(found.converged)
      assert.strictEqual(found.missing, 2)
      assert.isTrue(found.largest.every((pair) => !pair.converged && pair.residual > 1e-8 * pair.value))
      const error = yield* Effect.flip(requireConverged(found))
      assert.strictEqual(error._tag, "LanczosNotConverged")
      assert.strictEqual(error.products, found.products)
      assert.match(error.message, /after 10 products 2 eigenpairs are open/)
    })
  )

  it.effect("admits that copies were not ruled out when the products ran out first", () =>
    Effect.gen(function* () {
      const spectrum = [10, 9, ...Array.from({ length: 60 }, (_, i) => i / 60)]
      const options = { wanted: { largest: 2, smallest: 0 } } as const
      const enough = yield* find(withSpectrum(fromSeed(7), spectrum), { ...options, copies: false })
      const found = yield* find(withSpectrum(fromSeed(7), spectrum), { ...options, maxProducts: enough.products + 2 })
      assert.strictEqual(found.missing, 0)
      assert.isFalse(found.converged)
      const error = yield* Effect.flip(requireConverged(found))
      assert.match(error.message, /no copy of a multiple eigenvalue could be ruled out/)
    })
  )

  it.effect("passes a converged spectrum through", () =>
    Effect.gen(function* () {
      const found = yield* find(diagonal([1, 2]))
      assert.strictEqual(yield* requireConverged(found), found)
    })
  )

  it.effect("fails where a product is not finite", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(find(diagonal([1, Number.NaN, 3])))
      assert.strictEqual(error._tag, "ProductNotFinite")
      assert.strictEqual(error.product, 1)
      assert.match(error.message, /product 1 with the Hessian has an entry that is not finite/)
    })
  )

  it.effect("passes on the failure of a product", () =>
    Effect.gen(function* () {
      const failing = lanczos({
        dimension: 2,
        multiply: () => Effect.fail("no device" as const),
        start: Float64Array.of(1, 0),
        wanted: { largest: 1, smallest: 0 },
        tolerance: 1e-3,
        maxProducts: 10
      })
      assert.strictEqual(yield* Effect.flip(failing), "no device")
    })
  )

  it.effect("refuses a start of the wrong length or of norm zero: a defect of the caller", () =>
    Effect.gen(function* () {
      for (const start of [new Float64Array(3), Float64Array.of(1), Float64Array.of(Number.NaN, 1, 1)]) {
        const exit = yield* Effect.exit(find(diagonal([1, 2, 3]), { start }))
        assert.strictEqual(exit._tag === "Failure" && exit.cause.reasons[0]?._tag, "Die")
      }
    })
  )

  it.effect("does not change its start, and gives equal results for equal arguments", () =>
    Effect.gen(function* () {
      const start = normal(fromSeed("start"), 20)
      const kept = start.slice()
      const matrix = withSpectrum(fromSeed(8), [4, 4, ...new Array(18).fill(0).map((_, i) => i / 10)])
      const options = { start, wanted: { largest: 3, smallest: 1 } } as const
      assert.deepStrictEqual(yield* find(matrix, options), yield* find(matrix, options))
      assert.deepStrictEqual(start, kept)
    })
  )

  describe("of products in single precision", () => {
    const dimension = 5000
    const directions = [0, 1, 2].map((i) => normal(split(fromSeed("directions"), `${i}`), dimension))
    /** diag(0 … 1) and three large eigenvalues whose vectors have all entries. */
    const multiply = (v: Float64Array) =>
      Effect.sync(() => {
        const product = new Float32Array(v.map((x, i) => (x * i) / dimension))
        for (const [i, u] of directions.entries()) {
          const share = ((20 - 5 * i) * u.reduce((sum, x, j) => sum + x * v[j]!, 0)) / dimension
          u.forEach((x, j) => {
            product[j]! += share * x
          })
        }
        return product
      })
    const start = normal(fromSeed("start"), dimension)
    const ends = (tolerance: number) =>
      lanczos({ dimension, multiply, start, wanted: { largest: 1, smallest: 1 }, tolerance, maxProducts: 60 })

    it.effect("the residual is about that of a product made for it, though none is", () =>
      Effect.gen(function* () {
        for (const tolerance of [1e-3, 1e-6, 1e-9]) {
          const { largest, smallest } = yield* ends(tolerance)
          for (const { value, vector, residual } of [...largest, ...smallest]) {
            const product = yield* multiply(vector)
            const anew = Math.sqrt(product.reduce((sum, x, i) => sum + (x - value * vector[i]!) ** 2, 0))
            assert.isAtLeast(residual, 0.5 * anew, `${tolerance}`)
            assert.isAtMost(residual, 1.1 * anew + 1e-6 * largest[0]!.value, `${tolerance}`)
          }
        }
      })
    )

    it.effect("where the estimate of their rounding alone would refuse a pair, a product made for it decides", () =>
      Effect.gen(function* () {
        let products = 0
        const length = Math.sqrt(directions[0]!.reduce((sum, x) => sum + x * x, 0))
        const top = directions[0]!.map((x) => x / length)
        /** What it rounds lies along the top eigenvector alone, which is in the basis: there is nothing of it elsewhere. */
        const counted = (v: Float64Array) =>
          Effect.sync(() => {
            products++
            const rounded = 1e-7 * Math.sin(1e6 * v[0]!)
            const share = 20 * top.reduce((sum, x, i) => sum + x * v[i]!, 0) + rounded
            return v.map((x, i) => share * top[i]! + (x * i) / dimension)
          })
        const wanted = { largest: 1, smallest: 0 }
        const given = { dimension, multiply: counted, start, wanted, maxProducts: 60 }
        const { rounding } = yield* lanczos({ ...given, tolerance: 1e-3 })
        products = 0
        const tolerance = rounding / 20 / 3
        const found = yield* lanczos({ ...given, tolerance })
        assert.isAbove(found.rounding, tolerance * 20)
        assert.isTrue(found.converged)
        assert.isBelow(found.largest[0]!.residual, tolerance * 20)
        assert.strictEqual(found.products, products)
      })
    )

    it.effect("nothing finer than their rounding is called converged", () =>
      Effect.gen(function* () {
        const { largest, converged } = yield* ends(1e-9)
        assert.isFalse(converged)
        assert.isFalse(largest[0]!.converged)
        assert.isTrue((yield* ends(1e-5)).largest[0]!.converged)
      })
    )
  })
})
