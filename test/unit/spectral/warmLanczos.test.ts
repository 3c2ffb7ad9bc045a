/** Lanczos from guesses: what it saves, and that it is not deceived by them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fromSeed, normal, split } from "../../../src/random/Prng.ts"
import { type LanczosOptions, lanczos } from "../../../src/spectral/lanczos.ts"
import { sharpness } from "../../../src/spectral/sharpness.ts"
import { type Guess, orthonormal, warmStart } from "../../../src/spectral/warmStart.ts"
import { networkLike, rotated } from "../../support/symmetric.ts"

/** (λ_i, e_i) */
const axis = (values: Float64Array, i: number): Guess => {
  const vector = new Float64Array(values.length)
  vector[i] = 1
  return { value: values[i]!, vector }
}

type Matrix = { readonly dimension: number; readonly multiply: (v: Float64Array) => Effect.Effect<Float64Array> }

const find = (matrix: Matrix, options: Partial<LanczosOptions<never, never>> = {}, seed: number | string = 0) =>
  lanczos({
    dimension: matrix.dimension,
    multiply: matrix.multiply,
    start: normal(split(fromSeed("warm"), `${seed}`), matrix.dimension),
    wanted: { largest: 1, smallest: 0 },
    tolerance: 1e-3,
    maxProducts: 300,
    ...options
  })

const diagonalOf = (values: Float64Array): Matrix => ({
  dimension: values.length,
  multiply: (v) => Effect.succeed(v.map((value, i) => value * values[i]!))
})

describe("a warm start", () => {
  it("is of norm 1, and says how long its random part is", () => {
    const random = normal(fromSeed("random"), 2000)
    const values = networkLike(2000)
    for (const guesses of [[axis(values, 0)], [axis(values, 0), axis(values, 1), axis(values, 2)]]) {
      const { start, share } = warmStart(random, guesses, 1)
      assert.closeTo(Math.hypot(...start), 1, 1e-14)
      assert.closeTo(share, 0.1, 0.01)
      const rest = Math.hypot(...start.subarray(3))
      assert.closeTo(rest, share, 0.01)
      assert.closeTo(start[0]!, 0.99, 0.01)
    }
  })

  it("is random alone where the guesses say nothing", () => {
    const random = Float64Array.of(3, 4)
    const { start, share } = warmStart(random, [], 1)
    assert.strictEqual(share, 1)
    assert.closeTo(start[0]!, 0.6, 1e-15)
    assert.closeTo(start[1]!, 0.8, 1e-15)
    const [there, back] = [1, -1].map((x) => ({ value: 1, vector: Float64Array.of(x, 0) }))
    assert.strictEqual(warmStart(random, [there!, back!], 2).share, 1)
  })
})

describe("guesses", () => {
  const guess = (value: number, ...vector: ReadonlyArray<number>): Guess => ({
    value,
    vector: Float64Array.of(...vector)
  })

  it("are made orthonormal", () => {
    const given = [guess(3, 0, 2, 0), guess(2, 1, 0.5, 0)]
    assert.deepStrictEqual(orthonormal(given, 3), [guess(3, 0, 1, 0), guess(2, 1, 0, 0)])
  })

  it("are left out where they say nothing, or what others said", () => {
    const given = [guess(1, Number.NaN, 0), guess(1, 0, 0), guess(Number.NaN, 1, 0), guess(4, 1, 0), guess(4, -1, 0.1)]
    assert.deepStrictEqual(orthonormal(given, 2), [guess(4, 1, 0)])
    assert.throws(() => orthonormal([guess(1, 1, 0, 0)], 2), /guess 0 has 3 entries, expected 2/)
  })
})

describe("lanczos with guesses", () => {
  it.effect("needs less than two thirds of the products along a trajectory, for the same values", () =>
    Effect.gen(function* () {
      const spectrum = networkLike(3000)
      let guesses: ReadonlyArray<Guess> | undefined
      let [warm, cold] = [0, 0]
      for (let step = 0; step < 12; step++) {
        const matrix = rotated(
          spectrum.map((value, i) => value * (1 + 0.003 * step * Math.cos(i))),
          0.01 * step
        )
        const fresh = yield* find(matrix, {}, step)
        const found = yield* find(matrix, guesses === undefined ? { doubt: 0.01 } : { guesses }, step)
        guesses = found.guesses
        if (step > 0) {
          warm += found.products
          cold += fresh.products
        }
        assert.isTrue(found.converged)
        assert.isAtMost(found.largest[0]!.residual, 1e-3 * found.largest[0]!.value)
        assert.closeTo(found.largest[0]!.value, fresh.largest[0]!.value, 1e-4 * fresh.largest[0]!.value)
        assert.isAbove(found.bounds!.above, found.largest[0]!.value)
        assert.isBelow(found.bounds!.above, 1.5001 * found.largest[0]!.value)
      }
      assert.isBelow(warm / cold, 0.66, `${warm} of ${cold} products`)
    })
  )

  it.effect("is not deceived by an exact eigenvector that is not the top one", () =>
    Effect.gen(function* () {
      const values = networkLike(5000)
      for (let wrong = 1; wrong < 10; wrong++) {
        const found = yield* find(diagonalOf(values), { guesses: [axis(values, wrong)], slack: 0.02 }, wrong)
        assert.isTrue(found.converged)
        assert.closeTo(found.largest[0]!.value, values[0]!, 1e-3 * values[0]!, `guess ${wrong}`)
      }
      // however near the random part is to nothing: the bound holds, and so something is looked for
      const bulk = yield* find(diagonalOf(values), { guesses: [axis(values, 4000)] })
      assert.closeTo(bulk.largest[0]!.value, values[0]!, 1e-3 * values[0]!)
    })
  )

  it.effect("finds what stands out of the guess by more than the slack, whatever the seed", () =>
    Effect.gen(function* () {
      const values = networkLike(2000)
      values[1234] = 1.6 * values[0]! // a stranger
      for (let seed = 0; seed < 200; seed++) {
        const found = yield* find(
          diagonalOf(values),
          { guesses: [axis(values, 0), axis(values, 1)] },
          `stranger ${seed}`
        )
        assert.closeTo(found.largest[0]!.value, values[1234]!, 1e-3 * values[1234]!, `seed ${seed}`)
      }
    })
  )

  it.effect("follows where the second eigenvalue slowly becomes the first", () =>
    Effect.gen(function* () {
      const values = networkLike(2000)
      const [first, second] = [values[0]!, values[1]!]
      let guesses: ReadonlyArray<Guess> = [axis(values, 0)]
      for (let step = 0; step <= 40; step++) {
        values[0] = first + ((second - first) * step) / 20
        values[1] = second + ((first - second) * step) / 20
        const found = yield* find(diagonalOf(values), { guesses }, `crossing ${step}`)
        guesses = found.guesses
        const top = Math.max(values[0]!, values[1]!)
        assert.isAtLeast(found.largest[0]!.value, 0.98 * top, `step ${step}`)
        if (step > 30) assert.closeTo(found.largest[0]!.value, top, 1e-3 * top)
      }
    })
  )

  it.effect("takes the smallest along", () =>
    Effect.gen(function* () {
      const values = networkLike(2000)
      values[1999] = -5
      const wanted = { largest: 2, smallest: 1 }
      const fresh = yield* find(diagonalOf(values), { wanted, copies: false })
      const found = yield* find(diagonalOf(values), { wanted, copies: false, guesses: fresh.guesses }, 1)
      assert.strictEqual(fresh.guesses.length, 6)
      assert.closeTo(found.smallest[0]!.value, -5, 1e-2)
      assert.closeTo(found.largest[1]!.value, values[1]!, 1e-3 * values[1]!)
      assert.isBelow(found.bounds!.below, -5)
      assert.isBelow(found.products, fresh.products)
    })
  )

  it.effect("gives no guess twice, and bounds that hold them, however small its space", () =>
    Effect.gen(function* () {
      const wanted = { largest: 1, smallest: 1 }
      for (let seed = 0; seed < 20; seed++) {
        const values = Float64Array.from({ length: 2 + (seed % 5) }, (_, i) => 95 - 2 * i)
        const matrix = diagonalOf(values)
        const { guesses, bounds } = yield* find(matrix, { wanted, guesses: [axis(values, 0)], maxProducts: 6 }, seed)
        assert.strictEqual(orthonormal(guesses, values.length).length, guesses.length)
        for (const { value } of guesses) {
          assert.isAtMost(value, bounds!.above)
          assert.isAtLeast(value, bounds!.below)
        }
      }
    })
  )

  it.effect("has no bounds without a random start", () =>
    Effect.gen(function* () {
      const plain = yield* find(diagonalOf(networkLike(50)))
      assert.isUndefined(plain.bounds)
      const sure = yield* find(diagonalOf(networkLike(50)), { doubt: 0.01 })
      assert.isAtLeast(sure.bounds!.above, sure.largest[0]!.value)
    })
  )
})

describe("sharpness near an earlier one", () => {
  it.effect("needs fewer products, and says how large the sharpness may be at most", () =>
    Effect.gen(function* () {
      const matrix = diagonalOf(networkLike(3000))
      const options = { ...matrix, tolerance: 1e-3, low: false }
      const cold = yield* sharpness(options)
      const warm = yield* sharpness({ ...options, near: { guesses: cold.guesses, seed: 1 } })
      assert.isBelow(warm.products, cold.products)
      assert.closeTo(warm.high.value, cold.high.value, 1e-5 * cold.high.value)
      assert.isAbove(cold.ceiling, cold.high.value)
      assert.isBelow(cold.ceiling, 1.1 * cold.high.value)
      assert.strictEqual(warm.tolerance, 1e-3)
      assert.deepStrictEqual(yield* sharpness({ ...options, near: { guesses: cold.guesses, seed: 1 } }), warm)
    })
  )
})
