/** Norms of vectors and of named tensors. */
import { assert, describe, it } from "vitest"
import { l1, squaredL2 } from "../../../src/norms/norms.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"

describe("norms", () => {
  it("sum absolute values and squares", () => {
    const w = Float64Array.of(3, -4, 0)
    assert.strictEqual(l1(w), 7)
    assert.strictEqual(squaredL2(w), 25)
    assert.strictEqual(l1(new Float32Array()), 0)
  })

  it("take named tensors as one vector", () => {
    const parameters = {
      "layer0.weight": tensor([2, 2], Float64Array.of(1, -2, 3, -4)),
      "layer0.bias": tensor([1], Float64Array.of(-5))
    }
    assert.strictEqual(l1(parameters), 15)
    assert.strictEqual(squaredL2(parameters), 55)
  })

  it("accumulate in float64 what is stored in float32", () => {
    const w = new Float32Array(1_000_000).fill(0.1)
    assert.strictEqual(l1(w), 1_000_000 * Math.fround(0.1))
  })

  it("keep what a plain sum would lose beside a large entry", () => {
    assert.strictEqual(l1(Float64Array.of(1, 2 ** 53, 1, 1, 1)), 2 ** 53 + 4)
  })

  it("say that a vector is not finite", () => {
    assert.strictEqual(l1(Float64Array.of(1, Number.POSITIVE_INFINITY)), Number.POSITIVE_INFINITY)
    assert.strictEqual(squaredL2(Float64Array.of(1e200, 1)), Number.POSITIVE_INFINITY)
    assert.isNaN(l1(Float64Array.of(1, Number.NaN)))
  })

  it("refuse tensors that hold no floating-point numbers", () => {
    assert.throws(() => l1({ mask: tensor([1], Uint8Array.of(1)) }), TypeError)
  })
})
