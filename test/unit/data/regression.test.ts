/** Draws of linear regression: their statistics, and a test loss that is the expected one. */
import { assert, describe, it } from "vitest"
import { drawRegression } from "../../../src/data/regression.ts"
import { floats } from "../../../src/tensor/Tensor.ts"

const options = { samples: 20, features: 30, density: 1, noise: 0, seed: 0 }

/** β*, read back from the targets along the axes. */
const truthOf = (given: Partial<typeof options>) => {
  const { features } = { ...options, ...given }
  return Float64Array.from(
    floats(drawRegression({ ...options, ...given }).test.targets),
    (value) => value / Math.sqrt(features)
  )
}

/** ½ mean over samples of (⟨β, x⟩ − y)². */
const lossOf = (beta: ArrayLike<number>, { inputs, targets }: ReturnType<typeof drawRegression>["train"]): number => {
  const [samples, features] = inputs.shape as [number, number]
  let total = 0
  for (let sample = 0; sample < samples; sample++) {
    let residual = -floats(targets)[sample]!
    for (let i = 0; i < features; i++) residual += beta[i]! * floats(inputs)[sample * features + i]!
    total += residual ** 2 / 2 / samples
  }
  return total
}

describe("drawRegression", () => {
  it("is fitted by the truth, which is as dense as was asked, with a squared norm of about one", () => {
    const norms = Array.from({ length: 200 }, (_, seed) =>
      truthOf({ seed }).reduce((sum, value) => sum + value ** 2, 0)
    )
    assert.closeTo(norms.reduce((sum, value) => sum + value, 0) / norms.length, 1, 0.1)
    for (const [density, count] of [
      [1, 30],
      [0.1, 3],
      [0.001, 1]
    ] as const) {
      const truth = truthOf({ density })
      assert.strictEqual(truth.filter((value) => value !== 0).length, count)
      assert.isBelow(lossOf(truth, drawRegression({ ...options, density }).train), 1e-25)
    }
  })

  it("has the test loss ½ ‖β − β*‖², which is the mean over many inputs", () => {
    const draw = drawRegression(options)
    const truth = truthOf({})
    const beta = truth.map((value, i) => value + Math.sin(i))
    const expected = beta.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0) / 2
    assert.closeTo(lossOf(beta, draw.test) / expected, 1, 1e-12)
    const many = drawRegression({ ...options, samples: 40_000 })
    assert.closeTo(lossOf(beta, many.train) / expected, 1, 0.05)
  })

  it("adds noise to the training targets alone, and is another draw for another seed", () => {
    const noisy = drawRegression({ ...options, noise: 0.5, samples: 5_000 })
    assert.closeTo(lossOf(truthOf({}), noisy.train), 0.5 ** 2 / 2, 0.01)
    assert.deepStrictEqual(floats(noisy.test.targets), floats(drawRegression(options).test.targets))
    assert.notDeepEqual(truthOf({ seed: 1 }), truthOf({}))
  })
})
