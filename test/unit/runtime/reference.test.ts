import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { functionDomain } from "../../../src/onnx/Call.ts"
import { modelBytes, valueInfo } from "../../../src/onnx/messages.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { Session } from "../../../src/runtime/Session.ts"
import { tensor } from "../../../src/tensor/Tensor.ts"

describe("the reference session", () => {
  it.effect("runs the functions of a model, and refuses one with an op that it does not know", () =>
    Effect.gen(function* () {
      const open = (opType: string) =>
        Effect.promise(() => {
          const inside = {
            name: "twice",
            input: ["x"],
            output: ["y"],
            node: [{ name: "it", opType, input: ["x", "x"], output: ["y"] }]
          }
          return modelBytes(
            {
              name: "calls",
              node: [{ name: "call", domain: functionDomain, opType: "twice", input: ["a"], output: ["b"] }],
              input: [valueInfo("a", "float32", [2])],
              output: [valueInfo("b", "float32", [2])]
            },
            [{ ...inside, domain: functionDomain, opsetImport: [{ domain: "", version: 21n }] }]
          )
        }).pipe(Effect.flatMap((bytes) => Effect.flatMap(Session, (session) => session.open(bytes, {}))))
      const { b } = yield* (yield* open("Add")).run({ a: tensor([2], Float32Array.of(1, -3)) })
      assert.deepStrictEqual([...b!.data], [2, -6])
      const error = yield* Effect.flip(open("Tangle"))
      assert.deepInclude(error, { _tag: "ModelRejected", node: "it" })
    }).pipe(Effect.scoped, Effect.provide(layerReference))
  )

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
