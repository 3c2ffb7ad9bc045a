/** What holds for the curvature of any matrix: bounds, warm starts, blocks, densities and traces on random spectra. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, type Prng, split, uniform } from "../../src/random/Prng.ts"
import { blockLanczos } from "../../src/spectral/blockLanczos.ts"
import { density, traceOf } from "../../src/spectral/density.ts"
import { lanczos } from "../../src/spectral/lanczos.ts"
import { trace } from "../../src/spectral/trace.ts"
import { rotated, withSpectrum } from "../support/symmetric.ts"

const integer = (prng: Prng, label: string, minimum: number, maximum: number): number =>
  Math.floor(uniform(split(prng, label), 1, minimum, maximum + 1)[0]!)

const kinds: Readonly<Record<string, (prng: Prng, n: number) => ReadonlyArray<number>>> = {
  "spread over both signs": (prng, n) => [...uniform(prng, n, -3, 5)],
  "few distinct, each many times": (prng, n) => [...uniform(prng, n)].map((x) => [-2, 0, 1, 4][Math.floor(4 * x)]!),
  "outliers over a bulk, as of a Hessian": (prng, n) => [...uniform(prng, n, -0.05, 0.2), 40, 39, 12, 5].slice(-n),
  graded: (_, n) => Array.from({ length: n }, (_, i) => 10 ** -i)
}

for (const [kind, choose] of Object.entries(kinds)) {
  describe(`of a spectrum that is ${kind}`, () => {
    const cases = Array.from({ length: 20 }, (_, seed) => {
      const prng = fromSeed(`${kind} ${seed}`)
      const n = integer(prng, "dimension", 2, 40)
      const spectrum = [...choose(split(prng, "spectrum"), n)].sort((a, b) => b - a)
      const size = Math.max(...spectrum.map(Math.abs), 1e-300)
      return { prng, n, spectrum, size, matrix: withSpectrum(prng, spectrum), about: `seed "${kind} ${seed}", n ${n}` }
    })

    it.effect("single vectors and blocks find the same ends, several at each", () =>
      Effect.gen(function* () {
        for (const { prng, n, spectrum, size, matrix, about } of cases) {
          const wanted = { largest: integer(prng, "largest", 0, 4), smallest: integer(prng, "smallest", 0, 4) }
          const width = integer(prng, "width", 1, 4)
          const common = { dimension: n, wanted, tolerance: 1e-9, maxProducts: 20 * n + 40 }
          const starts = Array.from({ length: width }, (_, i) => normal(split(prng, `start ${i}`), n))
          const single = yield* lanczos({ ...common, multiply: matrix.multiply, start: starts[0]! })
          const block = yield* blockLanczos({
            ...common,
            multiplyBlock: (vectors) => Effect.forEach(vectors, matrix.multiply),
            starts
          })
          for (const found of [single, block]) {
            assert.isTrue(found.converged, about)
            assert.strictEqual(found.largest.length, Math.min(wanted.largest, n), about)
            assert.strictEqual(found.smallest.length, Math.min(wanted.smallest, n), about)
            found.largest.forEach(({ value }, i) => {
              assert.closeTo(value, spectrum[i]!, 1e-8 * size, `${about}, largest ${i}, width ${width}`)
            })
            found.smallest.forEach(({ value }, i) => {
              assert.closeTo(value, spectrum[n - 1 - i]!, 1e-8 * size, `${about}, smallest ${i}, width ${width}`)
            })
          }
        }
      })
    )

    it.effect("all eigenvalues lie within the bounds, however few the products", () =>
      Effect.gen(function* () {
        let broken = 0
        let total = 0
        for (const { prng, n, spectrum, size, matrix } of cases) {
          for (let draw = 0; draw < 10; draw++) {
            const { bounds } = yield* lanczos({
              dimension: n,
              multiply: matrix.multiply,
              start: normal(split(prng, `bound ${draw}`), n),
              wanted: { largest: 1, smallest: 0 },
              tolerance: 1e-9,
              maxProducts: 3 + (draw % 6),
              doubt: 0.1
            })
            total++
            if (spectrum[0]! > bounds!.above + 1e-9 * size || spectrum[n - 1]! < bounds!.below - 1e-9 * size) broken++
          }
        }
        assert.isAtMost(broken / total, 0.2, "each end may be wrong with probability 0.1")
      })
    )

    it.effect("a wrong guess costs products, never more than the slack of the result", () =>
      Effect.gen(function* () {
        for (const { prng, n, spectrum, size, matrix, about } of cases) {
          const common = { dimension: n, multiply: matrix.multiply, tolerance: 1e-6, maxProducts: 20 * n }
          const wanted = { largest: 1, smallest: 1 } as const
          const { smallest, largest } = yield* lanczos({ ...common, wanted, start: normal(split(prng, "first"), n) })
          const [high, low] = [largest[0]!, smallest[0]!]
          const found = yield* lanczos({
            ...common,
            wanted: { largest: 1, smallest: 0 },
            start: normal(split(prng, "second"), n),
            guesses: [low],
            doubt: 1e-6
          })
          assert.isTrue(found.converged, about)
          const { value, vector } = found.largest[0]!
          assert.isAtLeast(value, high.value - 0.5 * size - 1e-9 * size, about)
          const product = yield* matrix.multiply(vector)
          const off = Math.hypot(...product.map((entry, i) => entry - value * vector[i]!))
          assert.isAtMost(off, 1e-6 * Math.abs(value) + 1e-9 * size, about)
          assert.isAtLeast(found.bounds!.above, spectrum[0]! - 1e-9 * size, about)
        }
      })
    )

    it.effect("the density's mean is the trace, and both are right to their errors", () =>
      Effect.gen(function* () {
        let far = 0
        for (const { n, spectrum, size, matrix } of cases) {
          const exact = spectrum.reduce((sum, value) => sum + value, 0)
          const found = yield* density({ dimension: n, multiply: matrix.multiply, probes: 12, steps: 3, seed: 1 })
          const mean = traceOf(found, (value) => value)
          const hutchinson = yield* trace({ dimension: n, multiply: matrix.multiply, probes: 12, seed: 1 })
          for (const { value, standardError } of [mean, hutchinson]) {
            if (Math.abs(value - exact) > 3 * standardError! + 1e-12 * n * size) far++
          }
        }
        assert.isAtMost(far, 4, "more than three standard errors, of 40 estimates")
      })
    )
  })
}

describe("of a spectrum whose largest eigenvalues crowd, as at the edge of stability", () => {
  const dimension = 400
  const crowds: Readonly<Record<string, (i: number) => number>> = {
    "eight within 5 %": (i) => (i < 8 ? 100 - 0.7 * i : 20 / i),
    "two within 1 %": (i) => (i < 2 ? 100 - i : i === 2 ? 97 : 60 * (1 - i / dimension)),
    "eight within 2 %": (i) => (i < 8 ? 100 - 0.3 * i : 50 / i)
  }
  const starts = 50
  const tolerance = 1e-3

  it.effect.each(Object.keys(crowds))("what is called the largest is, but for the stated probability: %s", (crowd) =>
    Effect.gen(function* () {
      const spectrum = Float64Array.from({ length: dimension }, (_, i) => crowds[crowd]!(i))
      const { multiply } = rotated(spectrum, 0.7)
      let [wrong, byResidual, products, productsByResidual] = [0, 0, 0, 0]
      for (let i = 0; i < starts; i++) {
        const start = normal(split(fromSeed(crowd), `${i}`), dimension)
        const options = { dimension, multiply, start, wanted: { largest: 1, smallest: 0 }, tolerance, maxProducts: 200 }
        const found = yield* lanczos({ ...options, doubt: 0.01 })
        const plain = yield* lanczos(options)
        assert.isTrue(found.converged)
        if (found.largest[0]!.value < (1 - tolerance) * 100) wrong++
        if (plain.largest[0]!.value < (1 - tolerance) * 100) byResidual++
        products += found.products
        productsByResidual += plain.products
      }
      const about = `wrong ${wrong}, by residuals alone ${byResidual}; products ${products}, ${productsByResidual}`
      assert.isAtMost(wrong, 2, about) // of 50, where 1 % are expected at most
      assert.isBelow(products, 1.5 * productsByResidual, about)
    })
  )
})
