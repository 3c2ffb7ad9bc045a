/**
 * Physics: on a small tanh network the sharpness rises by itself until descent is about to become unstable, and stays there. By
 * gradient flow it goes on rising.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { l1 } from "../../../src/norms/norms.ts"
import { fromSeed, normal } from "../../../src/random/Prng.ts"
import { splitCurvature } from "../../../src/spectral/gaussNewton.ts"
import { sharpness } from "../../../src/spectral/sharpness.ts"
import { adaptiveFlow } from "../../../src/train/adaptiveFlow.ts"
import { descendBy } from "../../../src/train/descendBy.ts"
import { gradientDescent } from "../../../src/train/gradientDescent.ts"
import { gradientFlow } from "../../../src/train/gradientFlow.ts"
import { nesterov, type Optimizer, plain, polyak, startingPoint } from "../../../src/train/Optimizer.ts"
import { tanhNetwork } from "../../support/tanhNetwork.ts"

const { start, gradient, hessian, gaussNewton } = tanhNetwork([16], 0)
const dimension = start.length
const measured = (weights: Parameters<typeof hessian>[0]) =>
  Effect.map(
    sharpness({ dimension, multiply: hessian(weights), tolerance: 1e-4, low: false }),
    ({ high, converged }) => {
      assert.isTrue(converged)
      return high.value
    }
  )

/** S over its limit, every 100 steps. */
const trace = (optimizer: Optimizer, learningRate: number, limit: number) =>
  Effect.gen(function* () {
    const { snapshots } = yield* gradientDescent({
      descend: descendBy({ gradient, optimizer }),
      start: startingPoint(optimizer, start),
      dimension,
      learningRate,
      threshold: 0,
      divergence: 100, // the first instabilities throw the loss far up
      maxSteps: 5000,
      chunk: 100,
      snapshotSteps: Array.from({ length: 51 }, (_, i) => 100 * i)
    })
    return yield* Effect.forEach(snapshots, ({ theta }) =>
      Effect.map(measured(theta), (s) => (s * learningRate) / limit)
    )
  })

describe("the edge of stability", () => {
  const cases: ReadonlyArray<readonly [string, Optimizer, number, number]> = [
    ["gradient descent, at 2/η", plain(), 0.3, 2],
    ["Polyak's momentum, at (2 + 2β)/η", polyak({ momentum: 0.5 }), 0.3, 3],
    ["Nesterov's momentum, at (2 + 2β)/(η (1 + 2β))", nesterov({ momentum: 0.5 }), 0.2, 1.5]
  ]
  for (const [name, optimizer, learningRate, limit] of cases) {
    it.effect(`is reached and kept by ${name}`, () =>
      Effect.gen(function* () {
        const shares = yield* trace(optimizer, learningRate, limit)
        const arrival = shares.findIndex((share) => share >= 0.99)
        const about = shares.map((share) => share.toFixed(3)).join(" ")
        assert.strictEqual(shares.length, 51, about)
        assert.isBelow(shares[0]!, 0.7, about)
        assert.isAbove(arrival, 0, about)
        assert.isBelow(arrival, 20, about)
        for (const share of shares.slice(arrival)) assert.closeTo(share, 1, 0.25, about) // measured: 0.80 … 1.16
        for (const share of shares.slice(-20)) assert.closeTo(share, 1, 0.06, about) // measured: 0.96 … 1.04
      })
    )
  }

  it.effect("is passed by gradient flow, of which both integrators tell the same", () =>
    Effect.gen(function* () {
      const flow = { gradient, sharpness: measured, l1, start, threshold: 3e-2, measureEvery: 100, maxSteps: 20_000 }
      const fixed = yield* gradientFlow({ ...flow, alpha: 1 })
      const adaptive = yield* adaptiveFlow(flow)
      assert.isAbove(fixed.sharpness.maximum, (1.2 * 2) / 0.3)
      assert.closeTo(adaptive.sharpness.end / fixed.sharpness.end, 1, 2e-3)
      assert.closeTo(adaptive.time / fixed.time, 1, 2e-2)
      assert.strictEqual(fixed.outcome, "Converged")
    })
  )

  it.effect("of a network that fits, nearly all curvature is Gauss–Newton's", () =>
    Effect.gen(function* () {
      const v = normal(fromSeed("along"), dimension)
      const h = 1e-5
      const ahead = yield* gradient(start.map((w, i) => w + h * v[i]!))
      const behind = yield* gradient(start.map((w, i) => w - h * v[i]!))
      const product = yield* hessian(start)(v)
      product.forEach((value, i) => {
        assert.closeTo(value, (ahead.gradient[i]! - behind.gradient[i]!) / (2 * h), 1e-6)
      })
      const split = (weights: Float64Array) =>
        splitCurvature({
          dimension,
          hessian: hessian(weights),
          gaussNewton: gaussNewton(weights),
          tolerance: 1e-6,
          maxProducts: 100
        })
      const before = yield* split(start)
      const { theta } = yield* gradientDescent({
        descend: descendBy({ gradient, optimizer: plain() }),
        start,
        learningRate: 0.2,
        threshold: 3e-3,
        maxSteps: 20_000,
        chunk: 500
      })
      const after = yield* split(Float64Array.from(theta))
      assert.isAbove(after.along.gaussNewton / after.hessian.value, 0.97)
      assert.isAbove(after.along.gaussNewton / after.hessian.value, before.along.gaussNewton / before.hessian.value)
    })
  )
})
