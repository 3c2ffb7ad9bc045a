/** Lanczos on random symmetric matrices whose spectrum is chosen: negative, multiple, clustered, graded, small. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, type Prng, split, uniform } from "../../src/random/Prng.ts"
import { lanczos } from "../../src/spectral/lanczos.ts"
import { withSpectrum } from "../support/symmetric.ts"

const integer = (prng: Prng, label: string, minimum: number, maximum: number): number =>
  Math.floor(uniform(split(prng, label), 1, minimum, maximum + 1)[0]!)

/** A way to choose n eigenvalues. */
type Kind = (prng: Prng, n: number) => ReadonlyArray<number>

const kinds: Readonly<Record<string, Kind>> = {
  "spread over both signs": (prng, n) => [...uniform(prng, n, -3, 5)],
  negative: (prng, n) => [...uniform(prng, n, -5, -1)],
  "few distinct, each many times": (prng, n) => [...uniform(prng, n)].map((x) => [-2, 0, 1, 4][Math.floor(4 * x)]!),
  "top eigenvalue twice": (prng, n) => [6, 6, ...uniform(prng, n, -1, 5)].slice(0, n),
  "all equal": (_, n) => new Array(n).fill(-1.5),
  "all zero": (_, n) => new Array(n).fill(0),
  "rank one": (_, n) => [8, ...new Array(n - 1).fill(0)],
  "outliers over a bulk, as of a Hessian": (prng, n) => [...uniform(prng, n, -0.05, 0.2), 40, 12, 5].slice(-n),
  graded: (_, n) => Array.from({ length: n }, (_, i) => 10 ** -i)
}

const tolerance = 1e-9

describe("lanczos", () => {
  for (const [kind, choose] of Object.entries(kinds)) {
    it.effect(`finds the ends of a spectrum that is ${kind}`, () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 25; seed++) {
          const prng = fromSeed(`${kind} ${seed}`)
          const n = seed < 3 ? seed + 1 : integer(prng, "dimension", 2, 40)
          const largest = integer(prng, "largest", 0, 4)
          const smallest = integer(prng, "smallest", 0, 1) as 0 | 1
          const spectrum = [...choose(split(prng, "spectrum"), n)].sort((a, b) => b - a)
          const matrix = withSpectrum(prng, spectrum)
          const found = yield* lanczos({
            dimension: n,
            multiply: matrix.multiply,
            start: normal(split(prng, "start"), n),
            wanted: { largest, smallest },
            tolerance,
            maxProducts: 10 * n + 10
          })

          const norm = Math.max(...spectrum.map(Math.abs))
          const about = `seed "${kind} ${seed}": n ${n}, wanted ${largest} and ${smallest}, ${JSON.stringify(found)}`
          assert.isTrue(found.converged, about)
          assert.strictEqual(found.products, matrix.products(), about)
          assert.strictEqual(found.largest.length, Math.min(largest, n), about)
          assert.strictEqual(found.smallest.length, Math.min(smallest, n), about)
          found.largest.forEach((pair, i) => {
            assert.isAtMost(Math.abs(pair.value - spectrum[i]!), 1e-8 * norm, about)
          })
          found.smallest.forEach((pair) => {
            assert.isAtMost(Math.abs(pair.value - spectrum[n - 1]!), 1e-8 * norm, about)
          })
          for (const { value, vector, residual } of [...found.largest, ...found.smallest]) {
            const product = yield* matrix.multiply(vector)
            const squared = product.reduce((sum, x, i) => sum + (x - value * vector[i]!) ** 2, 0)
            assert.closeTo(Math.sqrt(squared), residual, 1e-14 * norm, about)
            assert.closeTo(
              vector.reduce((sum, x) => sum + x * x, 0),
              1,
              1e-13,
              about
            )
          }
          found.largest.forEach(({ vector: a }, i) => {
            for (const { vector: b } of found.largest.slice(0, i)) {
              const inner = a.reduce((sum, x, j) => sum + x * b[j]!, 0)
              assert.isBelow(Math.abs(inner), 1e-6, about)
            }
          })
        }
      })
    )
  }
})
