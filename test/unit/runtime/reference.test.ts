import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { modelBytes, valueInfo } from "../../../src/onnx/messages.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { Session } from "../../../src/runtime/Session.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"

describe("the reference session", () => {
  it.effect("a model whose shapes do not fit fails when it runs, with the shapes at fault", () =>
    Effect.gen(function* () {
      const bytes = yield* Effect.promise(() =>
        modelBytes({
          name: "unfit",
          node: [{ name: "product", opType: "MatMul", input: ["a", "a"], output: ["y"] }],
          input: [valueInfo("a", "float32", [2, 3])],
          output: [valueInfo("y", "float32", [2, 3])]
        })
      )
      const program = yield* (yield* Session).open(bytes, {})
      const error = yield* Effect.flip(program.run({ a: tensor([2, 3], new Float32Array(6)) }))
      assert.deepInclude(error, { _tag: "RunFailed", model: "unfit", inputs: ["a float32 [2, 3]"] })
      assert.include(error.message, "input 1 has shape [2, 3], expected [3, 3]")
    }).pipe(Effect.provide(layerReference))
  )
})
