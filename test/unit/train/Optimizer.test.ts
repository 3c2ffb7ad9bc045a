/** The rules of update, on quadratics whose trajectories and stability limits are known. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { descendBy } from "../../../src/train/descendBy.ts"
import { gradientDescent } from "../../../src/train/gradientDescent.ts"
import { nesterov, type Optimizer, plain, polyak, startingPoint } from "../../../src/train/Optimizer.ts"
import { quadraticGradient } from "../../support/regression.ts"

const run = (optimizer: Optimizer, curvatures: ReadonlyArray<number>, learningRate: number, maxSteps = 4000) =>
  gradientDescent({
    descend: descendBy({ gradient: quadraticGradient(...curvatures), optimizer }),
    start: startingPoint(
      optimizer,
      Float64Array.from(curvatures, () => 1)
    ),
    dimension: curvatures.length,
    learningRate,
    threshold: 1e-10,
    divergence: 1e6,
    maxSteps,
    chunk: 50
  })

/** The first weights of a run on ½ λ w², as the rule gives them by hand. */
const walk = (optimizer: Optimizer, curvature: number, learningRate: number, steps: number): ReadonlyArray<number> => {
  const point = startingPoint(optimizer, Float64Array.of(1))
  return Array.from({ length: steps }, () => {
    optimizer.update(point, Float64Array.of(curvature * point[0]!), learningRate)
    return point[0]!
  })
}

describe("optimizers", () => {
  it("plain descent follows (1 − η (λ + μ))^k", () => {
    const optimizer = plain({ weightDecay: 0.5 })
    walk(optimizer, 2, 0.1, 20).forEach((w, k) => {
      assert.closeTo(w / 0.75 ** (k + 1), 1, 1e-13)
    })
  })

  it("Polyak's momentum solves w'' = (1 + β − η λ) w' − β w", () => {
    const [curvature, learningRate, momentum] = [2, 0.3, 0.7]
    const path = [1, ...walk(polyak({ momentum }), curvature, learningRate, 30)]
    assert.closeTo(path[1]!, 1 - learningRate * curvature, 1e-15)
    for (let k = 1; k < 30; k++) {
      const expected = (1 + momentum - learningRate * curvature) * path[k]! - momentum * path[k - 1]!
      assert.closeTo(path[k + 1]!, expected, 1e-14)
    }
  })

  it("Nesterov's momentum solves w'' = (1 + β) (1 − η λ) w' − β (1 − η λ) w", () => {
    const [curvature, learningRate, momentum] = [2, 0.2, 0.7]
    const path = [1, ...walk(nesterov({ momentum }), curvature, learningRate, 30)]
    const factor = 1 - learningRate * curvature
    assert.closeTo(path[1]!, 1 - (1 + momentum) * learningRate * curvature, 1e-15)
    for (let k = 1; k < 30; k++) {
      assert.closeTo(path[k + 1]!, (1 + momentum) * factor * path[k]! - momentum * factor * path[k - 1]!, 1e-14)
    }
  })

  it("momentum 0 is plain descent, to the bit", () => {
    const rules = [plain(), polyak({ momentum: 0 }), nesterov({ momentum: 0 })]
    const [first, ...others] = rules.map((rule) => walk(rule, 3, 0.17, 10))
    for (const other of others) assert.deepStrictEqual(other, first)
  })

  it("decay without momentum is descent on L + μ/2 ‖w‖², with momentum it bypasses the velocity", () => {
    const [decay, learningRate, curvature] = [0.3, 0.1, 2]
    const [decayed, penalized] = [plain({ weightDecay: decay }), plain()]
    walk(decayed, curvature, learningRate, 20).forEach((w, k) => {
      assert.closeTo(w, walk(penalized, curvature + decay, learningRate, 20)[k]!, 1e-14)
    })
    const momentum = 0.5
    const [first, second] = walk(polyak({ momentum, weightDecay: decay }), curvature, learningRate, 2)
    const one = 1 - learningRate * (curvature + decay)
    assert.closeTo(first!, one, 1e-15)
    assert.closeTo(second!, one * (1 - learningRate * decay) - learningRate * curvature * (one + momentum), 1e-15)
  })

  const rules: ReadonlyArray<readonly [string, Optimizer, number]> = [
    ["plain descent", plain(), 2],
    ["plain descent with decay λ/10", plain({ weightDecay: 0.4 }), 2 / 1.1],
    ["Polyak, β = 0.5", polyak({ momentum: 0.5 }), 2 + 2 * 0.5],
    ["Polyak, β = 0.9", polyak({ momentum: 0.9 }), 2 + 2 * 0.9],
    ["Nesterov, β = 0.5", nesterov({ momentum: 0.5 }), (2 + 2 * 0.5) / (1 + 2 * 0.5)],
    ["Nesterov, β = 0.9", nesterov({ momentum: 0.9 }), (2 + 2 * 0.9) / (1 + 2 * 0.9)]
  ]
  for (const [name, optimizer, limit] of rules) {
    it.effect(`${name} converges at 0.95 of its limit ${limit.toFixed(3)}/λ and grows at 1.05`, () =>
      Effect.gen(function* () {
        const curvatures = [4, 1] as const
        const stable = yield* run(optimizer, curvatures, (0.95 * limit) / curvatures[0])
        assert.strictEqual(stable.outcome, "Converged")
        const unstable = yield* run(optimizer, curvatures, (1.05 * limit) / curvatures[0])
        assert.strictEqual(unstable.outcome, "Diverged")
      })
    )
  }

  it.effect("results are weights alone, and the point goes on where the run ended", () =>
    Effect.gen(function* () {
      const optimizer = polyak({ momentum: 0.9 })
      const short = yield* run(optimizer, [4, 1], 0.1, 30)
      const whole = yield* run(optimizer, [4, 1], 0.1, 60)
      assert.strictEqual(short.theta.length, 2)
      assert.strictEqual(short.point.length, 4)
      const descend = descendBy({ gradient: quadraticGradient(4, 1), optimizer })
      assert.deepStrictEqual((yield* descend(short.point, 0.1, 30)).theta, whole.point)
    })
  )

  it("keeps single precision", () => {
    const point = startingPoint(polyak({ momentum: 0.9 }), Float32Array.of(1, 2))
    assert.instanceOf(point, Float32Array)
    assert.deepStrictEqual([...point], [1, 2, 0, 0])
  })

  it("refuses settings for which the rule is not defined", () => {
    for (const make of [
      () => polyak({ momentum: 1 }),
      () => nesterov({ momentum: -0.1 }),
      () => plain({ weightDecay: -1 }),
      () => plain({ weightDecay: Number.NaN })
    ]) {
      assert.throws(make, /must be .*, got/)
    }
    try {
      polyak({ momentum: 1.5 })
      assert.fail("accepted")
    } catch (error) {
      assert.include(error, { _tag: "SettingOutOfRange", setting: "momentum", actual: 1.5 })
    }
  })
})
