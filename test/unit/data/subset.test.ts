/** Subsets, scalings and targets. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { oneHot } from "../../../src/data/oneHot.ts"
import { mnistPixels, type Scaling, standardize, statisticsOf } from "../../../src/data/standardize.ts"
import { subset } from "../../../src/data/subset.ts"
import { squaredL2 } from "../../../src/norms/norms.ts"
import type { FloatDType } from "../../../src/tensor/DType.ts"

/** `count` images of 2 × 2 pixels: image i has the pixels 4i … 4i + 3 and the label i. */
const images = (count: number) => ({
  images: { shape: [count, 2, 2], data: Uint8Array.from({ length: 4 * count }, (_, i) => i) },
  labels: { shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i) }
})
const small = { train: images(5), test: images(3) }

describe("subset", () => {
  it.effect("takes the first images of each set, one row for each", () =>
    Effect.gen(function* () {
      const { train, test } = yield* subset(small, { train: 2, test: 1, scaling: "unit", dtype: "float64" })
      assert.deepStrictEqual(train.inputs.shape, [2, 4])
      assert.deepStrictEqual(train.targets.shape, [2, 10])
      assert.deepStrictEqual(
        [...train.inputs.data],
        [0, 1, 2, 3, 4, 5, 6, 7].map((pixel) => pixel / 255)
      )
      assert.deepStrictEqual([...train.labels!], [0, 1])
      assert.deepStrictEqual(test.inputs.shape, [1, 4])
    })
  )

  it.effect("begins with a smaller subset", () =>
    Effect.gen(function* () {
      const options = { test: 1, scaling: "standard", dtype: "float32" } as const
      const larger = yield* subset(small, { ...options, train: 5 })
      const smaller = yield* subset(small, { ...options, train: 3 })
      assert.deepStrictEqual(larger.train.inputs.data.slice(0, 12), smaller.train.inputs.data)
      assert.strictEqual(larger.train.inputs.dtype, "float32")
    })
  )

  it.effect("refuses more images than there are, none, and a part of one", () =>
    Effect.gen(function* () {
      for (const count of [6, 0, -1, 2.5]) {
        const error = yield* Effect.flip(subset(small, { train: count, test: 1, scaling: "unit", dtype: "float32" }))
        assert.strictEqual(error._tag, "DatasetTooSmall")
        assert.include(
          error.message,
          `${count} samples of the train set were asked for, expected a whole number from 1 to 5`
        )
        assert.strictEqual(error.message.endsWith("Ask for fewer."), count === 6)
      }
      const error = yield* Effect.flip(subset(small, { train: 1, test: 4, scaling: "unit", dtype: "float32" }))
      assert.strictEqual(error.split, "test")
    })
  )
})

describe("standardize", () => {
  const scale = (bytes: Uint8Array, scaling: Scaling, dtype: FloatDType, features = 1) =>
    standardize(bytes, statisticsOf(scaling, bytes, features), dtype)

  it("scales to the unit interval, or to the mean and deviation of the full training set", () => {
    const bytes = Uint8Array.of(0, 51, 255)
    assert.deepStrictEqual([...scale(bytes, "unit", "float64")], [0, 0.2, 1])
    const { mean, deviation } = mnistPixels
    const expected = [-mean / deviation, (0.2 - mean) / deviation, (1 - mean) / deviation]
    scale(bytes, "standard", "float64").forEach((value, i) => {
      assert.closeTo(value, expected[i]!, 1e-15)
    })
  })

  it("centers every feature on its own and gives all of them together the deviation one", () => {
    const scaled = scale(Uint8Array.of(0, 10, 20, 50, 40, 30), "centered", "float64", 2) // three samples of two features
    assert.closeTo(scaled[0]! + scaled[2]! + scaled[4]!, 0, 1e-12)
    assert.closeTo(scaled[1]! + scaled[3]! + scaled[5]!, 0, 1e-12)
    assert.closeTo(squaredL2(scaled) / scaled.length, 1, 1e-12)
  })

  it("gives every pixel on its own mean 0 and deviation 1, and 0 where it never changes", () => {
    const scaled = scale(Uint8Array.of(0, 7, 200, 30, 7, 100, 60, 7, 0), "perPixel", "float64", 3) // three samples of three
    for (const feature of [0, 2]) {
      const values = [scaled[feature]!, scaled[3 + feature]!, scaled[6 + feature]!]
      assert.closeTo(values[0]! + values[1]! + values[2]!, 0, 1e-12)
      assert.closeTo(squaredL2(Float64Array.from(values)) / 3, 1, 1e-12)
    }
    assert.deepStrictEqual([scaled[1], scaled[4], scaled[7]], [0, 0, 0])
  })

  it("rounds what it made in float64", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    assert.deepStrictEqual(scale(bytes, "standard", "float32"), Float32Array.from(scale(bytes, "standard", "float64")))
  })
})

describe("oneHot", () => {
  it("puts a one at the class and zeros elsewhere", () => {
    assert.deepStrictEqual(oneHot(Uint8Array.of(2, 0), 3, "float32"), Float32Array.of(0, 0, 1, 1, 0, 0))
  })

  it("refuses a label that is no class", () => {
    assert.throws(() => oneHot(Uint8Array.of(3), 3, "float32"), RangeError)
  })
})
