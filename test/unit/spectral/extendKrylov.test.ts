/** Krylov spaces that are corrected with what is known of a matrix nearby. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { type ExtendOptions, extendKrylov } from "../../../src/spectral/extendKrylov.ts"
import { growKrylov } from "../../../src/spectral/krylov.ts"
import { ritzEnds } from "../../../src/spectral/ritz.ts"
import { symmetricEigen } from "../../../src/spectral/symmetricEigen.ts"
import { addScaled, norm, scale } from "../../../src/spectral/vectors.ts"
import type { Guess } from "../../../src/spectral/warmStart.ts"
import { dot } from "../../../src/tensor/dot.ts"
import { diagonal, type Symmetric, symmetric, withSpectrum } from "../../support/symmetric.ts"

const n = 120
const seed = fromSeed("extend")

/** Eight eigenvalues that crowd around 20, and a bulk below 14. */
const crowded = Array.from({ length: n }, (_, i) => (i < 8 ? 20.5 - 0.14 * i : 14 * (1 - i / n) ** 3 - 1))
const matrix = withSpectrum(split(seed, "matrix"), crowded)
/** The same and noise of norm 0.3, more than two of the crowd are apart. */
const turned = (() => {
  const noise = normal(split(seed, "noise"), n * n)
  const size = 0.15 / Math.sqrt(2 * n)
  return symmetric(
    n,
    matrix.entries.map((entry, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      return entry + size * (noise[i * n + j]! + noise[j * n + i]!)
    })
  )
})()

const unit = (v: Float64Array): Float64Array => {
  scale(v, 1 / norm(v))
  return v
}

const dense = ({ entries, dimension }: Symmetric) =>
  symmetricEigen(Array.from({ length: dimension }, (_, i) => entries.subarray(i * dimension, (i + 1) * dimension)))

/** The largest eigenpairs. */
const top = (of: Symmetric, count: number): ReadonlyArray<Guess> => {
  const { values, rows } = dense(of)
  return Array.from({ length: count }, (_, i) => {
    const at = of.dimension - 1 - i
    return { value: values[at]!, vector: Float64Array.from(rows, (row) => row[at]!) }
  })
}

const tolerance = 1e-3
const largest = { largest: 1, smallest: 0 }

const krylovOf = ({ multiply }: Symmetric, start: Float64Array, products: number) =>
  growKrylov({
    multiply,
    start,
    locked: [],
    enough: ({ diagonal }) => diagonal.length >= products,
    maxProducts: 300,
    productsBefore: 0
  })

const extend = (of: Symmetric, start: Float64Array, options: Partial<ExtendOptions<never, never>> = {}, products = 3) =>
  Effect.flatMap(krylovOf(of, start, products), (krylov) =>
    extendKrylov({
      multiply: of.multiply,
      krylov,
      guesses: [],
      wanted: largest,
      acceptable: (value) => tolerance * Math.abs(value),
      maxProducts: 300,
      ...options
    })
  )

/** H y − θ y */
const residualOf = (of: Symmetric, value: number, vector: Float64Array) =>
  Effect.map(of.multiply(vector), (product) => {
    addScaled(product, -value, vector)
    return norm(product)
  })

describe("a Krylov space that is extended", () => {
  const start = unit(Float64Array.from(top(matrix, 1)[0]!.vector, (x, i) => x + 0.03 * Math.sin(i)))

  it.effect("is one of H: its basis is orthonormal, T = QᵀHQ, and distances are those of products made for them", () =>
    Effect.gen(function* () {
      const wanted = { largest: 2, smallest: 1 }
      const space = yield* extend(turned, start, { guesses: top(matrix, 4), wanted })
      assert.isTrue(space.accurate)
      const products = yield* Effect.forEach(space.basis, (vector) => turned.multiply(vector))
      for (const [i, row] of space.projection.entries()) {
        for (let j = 0; j <= i; j++) {
          assert.closeTo(dot(space.basis[i]!, space.basis[j]!), i === j ? 1 : 0, 1e-12)
          assert.closeTo(row[j]!, dot(space.basis[i]!, products[j]!), 1e-11)
        }
      }
      const { largest: high, smallest: low, rounding } = ritzEnds(space, symmetricEigen(space.projection), wanted)
      for (const { value, vector, distance } of [...high, ...low]) {
        assert.closeTo(distance, yield* residualOf(turned, value, vector), 1e-11)
        assert.isAtMost(distance, tolerance * Math.abs(value))
      }
      assert.isBelow(rounding, 1e-11)
      const exact = top(turned, 2)
      for (const [i, { value }] of high.entries()) assert.closeTo(value, exact[i]!.value, 1e-4 * value)
    })
  )

  it.effect("takes fewer products with eigenpairs of a matrix nearby than the Krylov space or its own residuals", () =>
    Effect.gen(function* () {
      const products = (guesses: ReadonlyArray<Guess>) =>
        Effect.map(extend(turned, start, { guesses }), ({ basis }) => basis.length)
      const without = yield* products([])
      const few = yield* products(top(matrix, 3))
      const many = yield* products(top(matrix, 8))
      assert.isBelow(few, without)
      assert.isBelow(many, few)
    })
  )

  it.effect("ends right with guesses that are wrong, and with none", () =>
    Effect.gen(function* () {
      const exact = top(matrix, 1)[0]!.value
      const wrong = [1e3, -1e3, 0, exact].map((value, i) => ({ value, vector: unit(normal(split(seed, `${i}`), n)) }))
      for (const guesses of [[], wrong]) {
        const space = yield* extend(matrix, start, { guesses })
        const found = ritzEnds(space, symmetricEigen(space.projection), largest).largest[0]!
        assert.isTrue(space.accurate)
        assert.closeTo(found.value, exact, 1e-4 * exact)
      }
    })
  )

  it.effect("is grown by the residual where nothing new is left of a correction", () =>
    Effect.gen(function* () {
      const small = symmetric(3, Float64Array.of(0, 1, 0, 1, 5, 0, 0, 0, 3))
      const guesses = [{ value: 7, vector: Float64Array.of(0, 1, 0) }] // of θ = 0: t = r − g gᵀr = 0
      const space = yield* extend(small, Float64Array.of(1, 0, 0), { guesses }, 1)
      assert.isTrue(space.accurate)
      assert.strictEqual(space.basis.length, 2)
      const { values } = symmetricEigen(space.projection)
      assert.closeTo(values[1]!, (5 + Math.sqrt(29)) / 2, 1e-12)
    })
  )

  it.effect("keeps its basis orthonormal where residuals are small beside products", () =>
    Effect.gen(function* () {
      for (let draw = 0; draw < 60; draw++) {
        const prng = split(seed, `flat ${draw}`)
        const spectrum = Array.from(normal(split(prng, "spectrum"), 30), (x, i) => (i < 2 ? 0 : -Math.abs(x)))
        const guesses = Array.from({ length: [5, 20, 30][draw % 3]! }, (_, i) => {
          const vector = new Float64Array(30)
          vector[i] = 1
          return { value: draw % 2 === 0 ? spectrum[i]! : 1e300, vector }
        })
        const space = yield* extend(diagonal(spectrum), unit(normal(split(prng, "start"), 30)), {
          guesses,
          acceptable: (value, _, magnitude) => Math.max(tolerance * Math.abs(value), 1e-14 * magnitude)
        })
        for (const [i, vector] of space.basis.entries()) {
          for (let j = 0; j < i; j++) assert.isBelow(Math.abs(dot(vector, space.basis[j]!)), 1e-13, `draw ${draw}`)
        }
      }
    })
  )

  it.effect("is the whole space at last, for whatever accuracy", () =>
    Effect.gen(function* () {
      const spectrum = [5, 4, 3, 2, 1]
      const small = withSpectrum(split(seed, "small"), spectrum)
      const space = yield* extend(small, unit(normal(split(seed, "start"), 5)), { acceptable: () => 0 }, 2)
      assert.isTrue(space.closed && space.accurate)
      assert.strictEqual(space.basis.length, 5)
      const { values } = symmetricEigen(space.projection)
      for (const [i, value] of values.entries()) assert.closeTo(value, spectrum[4 - i]!, 1e-12)
    })
  )

  it.effect("says where the products ran out", () =>
    Effect.gen(function* () {
      const space = yield* extend(matrix, start, { maxProducts: 5, acceptable: () => 1e-9 })
      assert.isFalse(space.accurate)
      assert.strictEqual(space.basis.length, 5)
    })
  )

  it.effect("refuses a product that is not finite, and says which", () =>
    Effect.gen(function* () {
      const multiply = () => Effect.succeed(new Float64Array(n).fill(Number.NaN))
      const error = yield* Effect.flip(extend(matrix, start, { multiply }))
      assert.strictEqual(error._tag, "ProductNotFinite")
      assert.strictEqual(error.product, 4)
    })
  )
})
