/** The one-sample data set and its test error. */
import { assert, describe, it } from "vitest"
import { toyDataset, toyErrorPerTestLoss } from "../../../src/data/toy.ts"
import { floats } from "../../../src/tensor/Tensor.ts"

describe("toyDataset", () => {
  it("has a test loss that is ‖β − β*‖² over the stated factor, for any β", () => {
    const { inputs, targets } = toyDataset("float64").test
    const [samples, features] = inputs.shape as [number, number]
    for (const beta of [
      [0, 0],
      [0.25, 0.5],
      [0.5, 0],
      [-1, 3]
    ] as const) {
      let loss = 0
      for (let i = 0; i < samples; i++) {
        const x = floats(inputs).subarray(i * features, (i + 1) * features)
        const predicted = beta[0] * x[0]! + beta[1] * x[1]!
        loss += (0.5 * (predicted - floats(targets)[i]!) ** 2) / samples
      }
      const error = (beta[0] - 0.25) ** 2 + (beta[1] - 0.5) ** 2
      assert.closeTo(toyErrorPerTestLoss * loss, error, 1e-15)
    }
  })

  it("is interpolated by β*", () => {
    const { train, test } = toyDataset("float32")
    const [x, beta] = [floats(train.inputs), floats(test.targets)]
    assert.strictEqual(x[0]! * beta[0]! + x[1]! * beta[1]!, floats(train.targets)[0])
    assert.strictEqual(train.inputs.dtype, "float32")
    assert.deepStrictEqual(train.inputs.shape, [1, 2])
    assert.deepStrictEqual(train.targets.shape, [1, 1])
    assert.deepStrictEqual(test.inputs.shape, [2, 2])
    assert.deepStrictEqual(test.targets.shape, [2, 1])
  })
})
