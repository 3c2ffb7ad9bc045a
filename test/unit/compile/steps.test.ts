/**
 * Compiled steps are the steps of ONNX. Tolerances, relative to the largest element, for 200 steps: float64 1e-12, where 3e-15 is
 * measured; float32 1e-5, where 2e-6 is: some roundings of 6e-8 a step, which steps towards a minimum forget.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { descendBoth, stepFiles, tinyModels } from "../../support/tinyModels.ts"

const tolerance = { float64: 1e-12, float32: 1e-5 } as const

/** max |a − b| / max |b| */
const relative = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return Array.from(actual).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest
}

describe.each(["float64", "float32"] as const)("200 compiled steps in %s", (dtype) => {
  it.effect.each(tinyModels)("are those of ONNX: $title", ({ options }) =>
    Effect.gen(function* () {
      const { asOnnx, asModule } = yield* descendBoth({ ...options, dtype }, 0.02, 200)
      assert.strictEqual(asModule.losses.length, 200)
      assert.isBelow(relative(asModule.theta, asOnnx.theta), tolerance[dtype], "weights")
      assert.isBelow(relative(asModule.losses, asOnnx.losses), tolerance[dtype], "losses")
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )
})

describe("the module of a step", () => {
  it.effect.each(tinyModels.slice(0, 8))("has the same bytes whenever it is written: $title", ({ options }) =>
    Effect.gen(function* () {
      const [first, second] = [
        yield* stepFiles({ ...options, dtype: "float64" }),
        yield* stepFiles({ ...options, dtype: "float64" })
      ]
      assert.deepStrictEqual(first.module, second.module)
    })
  )
})
