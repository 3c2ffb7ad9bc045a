/**
 * Compiled steps as programs of a session: what they are given and make, what is refused, and who runs them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openCompiled } from "../../../src/runtime/compiled.ts"
import { openObjective } from "../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../src/runtime/onnxruntime.ts"
import { layerReference } from "../../../src/runtime/reference.ts"
import { Session } from "../../../src/runtime/Session.ts"
import { floats, type Tensors, tensor } from "../../../src/tensor/Tensor.ts"
import type { Description } from "../../../src/wasm/Description.ts"
import { encodeModule } from "../../../src/wasm/encodeModule.ts"
import { drawnFor, stepFiles } from "../../support/tinyModels.ts"

const options = {
  architecture: { kind: "mlp", widths: [3], activation: "tanh" },
  loss: "mse",
  dtype: "float64",
  ...{ train: 4, test: 1, features: 2, outputs: 1 }
} as const
const dimension = 13

const { data, start } = drawnFor(options, dimension)

const int64 = (value: number) => tensor([], BigInt64Array.of(BigInt(value)))

/** The program, and what it is given for so many steps. */
const opened = Effect.gen(function* () {
  const { module, parameters } = yield* stepFiles(options)
  const program = yield* openCompiled(module, data.train)
  let from = 0
  const weights: Tensors = Object.fromEntries(
    parameters.map(({ name, shape }) => {
      const size = shape.reduce((product, axis) => product * axis, 1)
      from += size
      return [name, tensor(shape, start.subarray(from - size, from))]
    })
  )
  const given = (steps: number, changed: Tensors = {}): Tensors => ({
    ...weights,
    learningRate: tensor([], Float64Array.of(0.1)),
    steps: int64(steps),
    ...changed
  })
  return { program, given, parameters, module }
})

describe("a compiled program", () => {
  it.effect("states what it is given and what it makes as the loop of ONNX does", () =>
    Effect.gen(function* () {
      const { onnx, module } = yield* stepFiles(options)
      const model = yield* (yield* Session).open(onnx, data.train)
      const compiled = yield* openCompiled(module, data.train)
      const sorted = <A extends { readonly name: string }>(values: ReadonlyArray<A>) =>
        values.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      assert.deepStrictEqual(sorted(compiled.inputs), sorted(model.inputs))
      assert.deepStrictEqual(sorted(compiled.outputs), sorted(model.outputs))
    }).pipe(Effect.scoped, Effect.provide(layerOnnx()))
  )

  it.effect("gives the same bits again, and cut in two, and changes nothing that it was given", () =>
    Effect.gen(function* () {
      const { program, given, parameters } = yield* opened
      const before = structuredClone(given(600))
      const whole = yield* program.run(given(600))
      assert.deepStrictEqual(yield* program.run(given(600)), whole)
      assert.deepStrictEqual(given(600), before)
      const first = yield* program.run(given(259))
      const carried = Object.fromEntries(parameters.map(({ name }) => [name, first[`${name}.next`]!]))
      const second = yield* program.run(given(341, carried))
      for (const { name } of parameters) assert.deepStrictEqual(second[`${name}.next`], whole[`${name}.next`])
      const losses = [first, second].flatMap(({ loss }) => [...floats(loss!)])
      assert.deepStrictEqual(losses, [...floats(whole["loss"]!)])
    })
  )

  it.effect("of no steps gives its state back, and keeps nothing", () =>
    Effect.gen(function* () {
      const { program, given, parameters } = yield* opened
      const outputs = yield* program.run(given(0))
      for (const { name } of parameters) assert.deepStrictEqual(outputs[`${name}.next`], given(0)[name])
      assert.deepStrictEqual(outputs["loss"]!.shape, [0])
    })
  )

  it.effect("two programs of one module do not know of each other", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* opened, yield* opened]
      const expected = yield* one.program.run(one.given(5))
      yield* other.program.run(other.given(9, { learningRate: tensor([], Float64Array.of(0.3)) }))
      assert.deepStrictEqual(yield* one.program.run(one.given(5)), expected)
    })
  )

  it.effect("shows that a run diverged: what is no number is so in every output, and the same one", () =>
    Effect.gen(function* () {
      const { program, given } = yield* opened
      const outputs = yield* program.run(given(3, { "layer1.bias": tensor([1], Float64Array.of(Number.NaN)) }))
      const canonical = new BigUint64Array(Float64Array.of(Number.NaN).buffer)[0]
      for (const name of ["loss", "layer1.weight.next"]) {
        const bits = new BigUint64Array(floats(outputs[name]!).buffer as ArrayBuffer)
        assert.deepStrictEqual(new Set(bits), new Set([canonical]), name)
      }
    })
  )

  const misfits: ReadonlyArray<readonly [string, string, string, (given: (steps: number) => Tensors) => Tensors]> = [
    [
      "an input that is missing",
      "learningRate",
      "absent",
      (given) => {
        const { learningRate: _, ...others } = given(1)
        return others
      }
    ],
    [
      "an input of another type",
      "learningRate",
      "float32 []",
      (given) => ({ ...given(1), learningRate: tensor([], new Float32Array(1)) })
    ],
    ["an input that it does not ask for", "more", "int64 []", (given) => ({ ...given(1), more: int64(1) })],
    ["fewer steps than none", "steps", "-1", (given) => given(-1)]
  ]
  it.effect.each(misfits)("refuses %s: InputMismatch", ([, input, actual, change]) =>
    Effect.gen(function* () {
      const { program, given } = yield* opened
      const error = yield* Effect.flip(program.run(change(given)))
      assert.deepInclude(error, { _tag: "InputMismatch", model: "step", input, actual })
    })
  )

  it.effect("refuses data of other sizes when it is opened: InputMismatch", () =>
    Effect.gen(function* () {
      const { module } = yield* opened
      const error = yield* Effect.flip(openCompiled(module, { inputs: data.train.inputs }))
      assert.deepInclude(error, { _tag: "InputMismatch", input: "targets", actual: "absent" })
    })
  )
})

const description: Description = {
  version: 1,
  name: "made by hand",
  steps: "steps",
  stepsAtOnce: 4,
  data: [],
  inputs: [{ name: "w", dtype: "float64", shape: [2], offset: 0 }],
  state: [{ name: "w.next", dtype: "float64", shape: [2], offset: 0 }],
  kept: [{ name: "loss", dtype: "float64", shape: [], offset: 16 }]
}
const moduleOf = (text: string, body: ReadonlyArray<number> = [], name = "brink", run = "run") =>
  encodeModule({ run: { name: run, locals: [], body }, memory: 48, constants: [], custom: { name, text } })
const described = (changed: Partial<Description>): Uint8Array =>
  moduleOf(JSON.stringify({ ...description, ...changed }))

/** A module that asks for Math.random. */
const asking = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7c],
  ...[2, 15, 1, 4, ...new TextEncoder().encode("Math"), 6, ...new TextEncoder().encode("random"), 0, 0]
])

describe("bytes that are no module of steps", () => {
  it.effect("are refused wherever a module is cut off: ModelRejected", () =>
    Effect.gen(function* () {
      const { module } = yield* opened
      const lengths = Array.from({ length: module.length }, (_, length) => length)
      const ends = lengths.filter((length) => length % 17 === 0 || length > module.length - 60)
      for (const length of ends) {
        const error = yield* Effect.flip(openCompiled(module.subarray(0, length), data.train))
        assert.strictEqual(error._tag, "ModelRejected", `${length} of ${module.length} bytes`)
      }
    })
  )

  const wide = { name: "w", dtype: "float64", shape: [9000], offset: 0 } as const
  it.effect.each([
    ["something else", new TextEncoder().encode("not a module"), "magic"],
    ["a module that says nothing of itself", moduleOf("{}", [], "other"), 'no section "brink"'],
    ["what is no JSON", moduleOf("{"), "damaged"],
    ["a description of another version", described({ version: 2 } as never), "damaged"],
    ["values outside of the memory", described({ inputs: [wide] }), '"w" lies at 0 to 72000'],
    ["values between two places", described({ data: [{ ...wide, shape: [1], offset: 4 }] }), '"w" lies at 4'],
    ["more steps than there is room for", described({ stepsAtOnce: 10_000 }), '"loss" lies at 16'],
    ["calls without steps", described({ stepsAtOnce: 0 }), "makes 0 steps"],
    ["a module without its function", moduleOf(JSON.stringify(description), [], "brink", "walk"), "no run"],
    ["a module that asks for something", asking, "Math.random"]
  ] as ReadonlyArray<readonly [string, Uint8Array, string]>)("are refused, with the reason: %s", ([, bytes, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(openCompiled(bytes, {}))
      assert.propertyVal(error, "_tag", "ModelRejected")
      assert.include(error.message, reason)
      assert.include(error.message, "again")
    })
  )

  it.effect("a module that stops in the middle of a step fails with what it was given: RunFailed", () =>
    Effect.gen(function* () {
      const program = yield* openCompiled(moduleOf(JSON.stringify(description), [0x00]), {}) // unreachable
      const error = yield* Effect.flip(program.run({ w: tensor([2], new Float64Array(2)), steps: int64(1) }))
      assert.deepInclude(error, {
        _tag: "RunFailed",
        model: "made by hand",
        inputs: ["w float64 [2]", "steps int64 []"]
      })
      assert.include(error.message, "unreachable")
    })
  )
})

describe("compiled steps beside those of ONNX", () => {
  const descended = Effect.gen(function* () {
    const { parameters, onnx } = yield* stepFiles(options)
    const files = { "step.onnx": onnx, "step.wasm": new TextEncoder().encode("not a module") }
    const objective = yield* openObjective(files, parameters, "float64", data)
    return yield* objective.descend(start, 0.1, 3)
  }).pipe(Effect.scoped)

  it.effect("are the ones that the processor makes", () =>
    Effect.gen(function* () {
      assert.propertyVal(yield* Effect.flip(descended), "_tag", "ModelRejected")
    }).pipe(Effect.provide(layerOnnx()))
  )

  it.effect("are left alone by the reference", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* descended).losses.length, 3)
    }).pipe(Effect.provide(layerReference))
  )

  it.effect.each(["cuda", "elsewhere"])("never stand in for another device, such as %s", (device) =>
    Effect.gen(function* () {
      assert.isUndefined((yield* Session).openCompiled)
      assert.notPropertyVal(yield* Effect.flip(descended), "reason", "not a module")
      assert.propertyVal(yield* Effect.flip(descended), "_tag", "DeviceUnavailable")
    }).pipe(Effect.provide(layerOnnx({ device })))
  )
})
