import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGraph } from "../../../src/graph/Graph.ts"
import { encode } from "../../../src/onnx/encode.ts"
import { modelBytes, valueInfo } from "../../../src/onnx/messages.ts"
import { makeBuilder } from "../../../src/ops/builder.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { Session } from "../../../src/runtime/Session.ts"
import type { FloatDType } from "../../../src/tensor/DType.ts"
import { type Tensor, tensor } from "../../../src/tensor/Tensor.ts"
import { drawer } from "../../support/draw.ts"

const product = (dtype: FloatDType, size: number) => {
  const g = makeBuilder()
  const [a, b] = [g.input("a", [size, size], dtype), g.data("b", [size, size], dtype)]
  return Effect.promise(() => encode(makeGraph("product", [a], { y: g.matmul(a, b) })))
}

const drawn = (seed: number, size: number): Tensor =>
  tensor([size, size], Float32Array.from(drawer(seed).numbers(size * size)))

describe("onnxruntime", () => {
  it.effect("a session ends with its scope; its program then fails with what it was given", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float32", 2)
      const session = yield* Session
      const program = yield* Effect.scoped(session.open(bytes, { b: drawn(1, 2) }))
      const error = yield* Effect.flip(program.run({ a: drawn(2, 2) }))
      assert.deepInclude(error, { _tag: "RunFailed", model: "product", inputs: ["a float32 [2, 2]"] })
      assert.include(error.message, "disposed")
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("a session ends also when what uses it fails", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float32", 2)
      const session = yield* Session
      const failing = session.open(bytes, { b: drawn(1, 2) }).pipe(Effect.flatMap((program) => Effect.fail(program)))
      const program = yield* Effect.flip(Effect.scoped(failing))
      if (!("run" in program)) return assert.fail(program.message)
      assert.strictEqual((yield* Effect.flip(program.run({ a: drawn(2, 2) })))._tag, "RunFailed")
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("a model whose shapes do not fit is rejected, with the node and whom to tell", () =>
    Effect.gen(function* () {
      const bytes = yield* Effect.promise(() =>
        modelBytes({
          name: "unfit",
          node: [{ name: "the product", opType: "MatMul", input: ["a", "a"], output: ["y"] }],
          input: [valueInfo("a", "float32", [2, 3])],
          output: [valueInfo("y", "float32", [2, 3])]
        })
      )
      const error = yield* Effect.flip(Effect.flatMap(Session, (session) => session.open(bytes, {})))
      assert.deepInclude(error, { _tag: "ModelRejected", model: "unfit", node: "the product" })
      assert.include(error.message, "bug in the rule of an op or in the encoder")
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("float64 stays float64 where a product meets a number", () =>
    Effect.gen(function* () {
      const bytes = yield* Effect.promise(() =>
        modelBytes({
          name: "scaled",
          node: [
            { name: "product", opType: "MatMul", input: ["a", "a"], output: ["p"] },
            { name: "scaled", opType: "Mul", input: ["p", "tenth"], output: ["y"] }
          ],
          initializer: [
            { name: "tenth", dataType: 11, dims: [], rawData: new Uint8Array(Float64Array.of(0.1).buffer) }
          ],
          input: [valueInfo("a", "float64", [1, 1])],
          output: [valueInfo("y", "float64", [1, 1])]
        })
      )
      const program = yield* (yield* Session).open(bytes, {})
      const outputs = yield* program.run({ a: tensor([1, 1], Float64Array.of(1)) })
      assert.strictEqual(outputs["y"]!.data[0], 0.1) // through MatMulScaleFusion: 0.10000000149
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("two threads give the bits of one", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float32", 96)
      const multiply = Effect.gen(function* () {
        const program = yield* (yield* Session).open(bytes, { b: drawn(1, 96) })
        return (yield* program.run({ a: drawn(2, 96) }))["y"]
      })
      const one = yield* multiply.pipe(Effect.provide(layerOnnx({ threads: 1 })))
      const two = yield* multiply.pipe(Effect.provide(layerOnnx({ threads: 2 })))
      assert.deepStrictEqual(two, one)
    })
  )

  it("what fails is told by the failure alone: onnxruntime prints nothing besides", () => {
    const script = `
      import { makeGraph } from "./src/graph/Graph.ts"
      import { encodeLoop } from "./src/onnx/encodeLoop.ts"
      import { makeBuilder } from "./src/ops/builder.ts"
      import { layerOnnx } from "./src/runtime/onnxruntime.ts"
      import { Session } from "./src/runtime/Session.ts"
      import * as Effect from "effect/Effect"
      import { tensor } from "./src/tensor/Tensor.ts"
      const g = makeBuilder()
      const w = g.input("w", [2], "float32")
      const graph = makeGraph("step", [w], { next: g.neg(w), kept: g.exp(w) })
      const bytes = await encodeLoop(graph, { name: "steps", state: { next: "w" }, scan: ["kept"] })
      const inputs = { w: tensor([2], new Float32Array(2)), steps: tensor([], BigInt64Array.of(3n)) }
      const kept = tensor([2, 2], new Float32Array(4)) // of three steps
      const run = Effect.gen(function* () {
        const program = yield* (yield* Session).open(bytes, {})
        return yield* Effect.flip(program.run(inputs, { kept }))
      })
      const { _tag } = await Effect.runPromise(run.pipe(Effect.scoped, Effect.provide(layerOnnx())))
      process.stdout.write(_tag)
    `
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })
    assert.deepStrictEqual({ stdout, stderr }, { stdout: "RunFailed", stderr: "" })
  })

  it.effect("a device that does not exist is refused, with those that do", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float32", 2)
      const error = yield* Effect.flip(Effect.flatMap(Session, (session) => session.open(bytes, { b: drawn(1, 2) })))
      assert.deepInclude(error, { _tag: "DeviceUnavailable", device: "abacus" })
      assert.match(error.message, /built for: cpu.*brink doctor.*Use another one/)
    }).pipe(Effect.provide(layerOnnx({ device: "abacus" })))
  )

  it.effect("devices that are not there are refused, with what to install; never is another one used instead", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float32", 2)
      for (const [device, install] of [
        ["cuda", /run `node .*install\.js --onnxruntime-node-install=cuda12`, or use the device cpu/],
        ["webgpu", /graphics driver with Vulkan/]
      ] as const) {
        const opened = Effect.flatMap(Session, (session) => session.open(bytes, { b: drawn(1, 2) }))
        const exit = yield* Effect.result(opened.pipe(Effect.scoped, Effect.provide(layerOnnx({ device }))))
        if (exit._tag === "Success") continue // this machine has it
        assert.deepInclude(exit.failure, { _tag: "DeviceUnavailable", device })
        assert.match(exit.failure.message, install)
      }
    })
  )

  it.effect("float64 is refused on a device without it", () =>
    Effect.gen(function* () {
      const bytes = yield* product("float64", 2)
      const error = yield* Effect.flip(
        Effect.flatMap(Session, (session) => session.open(bytes, { b: tensor([2, 2], new Float64Array(4)) }))
      )
      assert.strictEqual(error._tag, "ModelRejected")
      assert.match(error.message, /float64, which webgpu does not have/)
    }).pipe(Effect.provide(layerOnnx({ device: "webgpu" })))
  )
})
