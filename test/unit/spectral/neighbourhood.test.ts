/** Sharpness as the rise of the loss nearby, on quadratics, where it is known. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { averageSharpness } from "../../../src/spectral/averageSharpness.ts"
import { worstCaseSharpness } from "../../../src/spectral/worstCaseSharpness.ts"
import type { FloatArray } from "../../../src/tensor/Tensor.ts"

/** L = ½ Σ hᵢ (wᵢ − mᵢ)² + Σ gᵢ (wᵢ − mᵢ), at the minimum of its first part. */
const minimum = Float64Array.of(2, -1, 0.5, 3)
const curvatures = [1, 5, 20, 0.5]
const bowl =
  (slopes: ReadonlyArray<number> = [0, 0, 0, 0]) =>
  (weights: FloatArray) =>
    Effect.sync(() => {
      const away = Array.from(weights, (w, i) => w - minimum[i]!)
      return {
        loss: away.reduce((sum, d, i) => sum + 0.5 * curvatures[i]! * d * d + slopes[i]! * d, 0),
        gradient: Float64Array.from(away, (d, i) => curvatures[i]! * d + slopes[i]!)
      }
    })
const loss = (weights: FloatArray) => Effect.map(bowl()(weights), (here) => here.loss)
/** The diagonal of DHD. */
const scaledCurvatures = curvatures.map((h, i) => h * minimum[i]! ** 2)
const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)

describe("worstCaseSharpness", () => {
  it.effect("at a minimum, in l2, is ρ²/2 λmax(H), or with adaption ρ²/2 λmax(DHD)", () =>
    Effect.gen(function* () {
      for (const [adaptive, most] of [
        [false, Math.max(...curvatures)],
        [true, Math.max(...scaledCurvatures)]
      ] as const) {
        for (let seed = 0; seed < 10; seed++) {
          const options = { norm: "l2", radius: 0.1, adaptive, seed, steps: 100 } as const
          const { value, perturbation } = yield* worstCaseSharpness({ ...options, gradient: bowl(), weights: minimum })
          assert.closeTo(value / ((0.01 / 2) * most), 1, 1e-4, `seed ${seed}`)
          assert.closeTo(Math.hypot(...perturbation), 0.1, 1e-12)
        }
      }
    })
  )

  it.effect("in the maximum norm is at a corner of the box: ρ²/2 Σ hᵢ cᵢ²", () =>
    Effect.gen(function* () {
      for (const [adaptive, all] of [
        [false, sum(curvatures)],
        [true, sum(scaledCurvatures)]
      ] as const) {
        const options = { norm: "maximum", radius: 0.1, adaptive, seed: 1 } as const
        const { value, perturbation } = yield* worstCaseSharpness({ ...options, gradient: bowl(), weights: minimum })
        assert.closeTo(value, (0.01 / 2) * all, 1e-12)
        assert.isTrue(perturbation.every((entry) => Math.abs(entry) === 0.1))
      }
    })
  )

  it.effect("on a slope, goes up it: ρ ‖c ⊙ ∇L‖ for small ρ", () =>
    Effect.gen(function* () {
      const slopes = [1, -2, 0, 3]
      const options = { norm: "l2", radius: 1e-6, adaptive: true, seed: 2 } as const
      const { value } = yield* worstCaseSharpness({ ...options, gradient: bowl(slopes), weights: minimum })
      assert.closeTo(value / (1e-6 * Math.hypot(...slopes.map((g, i) => g * minimum[i]!))), 1, 1e-4)
    })
  )

  it.effect("never leaves the neighbourhood, and counts its gradients", () =>
    Effect.gen(function* () {
      for (const norm of ["l2", "maximum"] as const) {
        let met = 0
        const gradient = (weights: FloatArray) => {
          met++
          const epsilon = Array.from(weights, (w, i) => (w - minimum[i]!) / Math.abs(minimum[i]!))
          const size = norm === "l2" ? Math.hypot(...epsilon) : Math.max(...epsilon.map(Math.abs))
          assert.isAtMost(size, 0.2 * (1 + 1e-12))
          return bowl()(weights)
        }
        const options = { norm, radius: 0.2, adaptive: true, seed: 3, steps: 20, starts: 3 } as const
        const { gradients } = yield* worstCaseSharpness({ ...options, gradient, weights: minimum })
        assert.strictEqual(gradients, met)
        assert.strictEqual(met, 1 + 3 * 21)
      }
    })
  )

  it.effect("more starts never make it smaller", () =>
    Effect.gen(function* () {
      const rough = (weights: FloatArray) =>
        Effect.sync(() => ({
          loss: Array.from(weights, (w) => Math.sin(20 * w)).reduce((total, value) => total + value, 0),
          gradient: Float64Array.from(weights, (w) => 20 * Math.cos(20 * w))
        }))
      const options = { norm: "l2", radius: 1, adaptive: false, seed: 4, gradient: rough, weights: minimum } as const
      let before = 0
      for (const starts of [1, 2, 5, 10]) {
        const { value } = yield* worstCaseSharpness({ ...options, starts })
        assert.isAtLeast(value, before)
        before = value
      }
    })
  )

  it.effect("fails where the loss is not finite", () =>
    Effect.gen(function* () {
      const wall = () => Effect.succeed({ loss: Number.POSITIVE_INFINITY, gradient: new Float64Array(4) })
      const options = { norm: "l2", radius: 1, adaptive: false, seed: 0, weights: minimum } as const
      const error = yield* Effect.flip(worstCaseSharpness({ ...options, gradient: wall }))
      assert.strictEqual(error._tag, "LossNotFinite")
      assert.match(error.message, /worst-case sharpness: the loss of evaluation 1 is not finite/)
      const exit = yield* Effect.exit(worstCaseSharpness({ ...options, gradient: bowl(), steps: 0 }))
      assert.strictEqual(exit._tag, "Failure")
    })
  )
})

describe("averageSharpness", () => {
  const cases = [
    ["l2", false, sum(curvatures) / 2],
    ["l2", true, sum(scaledCurvatures) / 2],
    ["maximum", false, sum(curvatures) / 6],
    ["maximum", true, sum(scaledCurvatures) / 6]
  ] as const
  for (const [norm, adaptive, expected] of cases) {
    it.effect(
      `at a minimum is ρ² times the trace, by ${norm} noise${adaptive ? " that scales with the weights" : ""}`,
      () =>
        Effect.gen(function* () {
          const options = { norm, adaptive, radius: 0.1, seed: 5, draws: 4000 } as const
          const { value, standardError, draws } = yield* averageSharpness({ ...options, loss, weights: minimum })
          assert.strictEqual(draws, 4000)
          assert.closeTo(value, 0.01 * expected, 4 * standardError!)
          assert.isBelow(standardError!, 0.03 * value)
        })
    )
  }

  it.effect("draws the same noise for every number of draws, and keeps the weights' type", () =>
    Effect.gen(function* () {
      const seen: Array<FloatArray> = []
      const watched = (weights: FloatArray) => {
        seen.push(weights)
        return loss(weights)
      }
      const options = { norm: "l2", adaptive: true, radius: 0.1, seed: 6, weights: Float32Array.from(minimum) } as const
      yield* averageSharpness({ ...options, loss: watched, draws: 2 })
      yield* averageSharpness({ ...options, loss: watched, draws: 5 })
      assert.deepStrictEqual(seen.slice(0, 3), seen.slice(3, 6))
      assert.isTrue(seen.every((weights) => weights instanceof Float32Array))
    })
  )

  it.effect("fails where the loss is not finite", () =>
    Effect.gen(function* () {
      let asked = 0
      const spiked = () => Effect.sync(() => (++asked === 3 ? Number.NaN : 1))
      const options = { norm: "l2", adaptive: true, radius: 0.1, seed: 6, weights: minimum } as const
      const error = yield* Effect.flip(averageSharpness({ ...options, loss: spiked }))
      assert.strictEqual(error._tag, "LossNotFinite")
      assert.strictEqual(error.evaluation, 3)
      const exit = yield* Effect.exit(averageSharpness({ ...options, loss, draws: 0 }))
      assert.strictEqual(exit._tag, "Failure")
    })
  )
})
