/**
 * Programs that are WebAssembly modules of steps: run by the processor, and by nothing else. Made ready, checked and run as any model.
 */
import * as Effect from "effect/Effect"
import { sizeOf } from "../tensor/Shape.ts"
import { type FloatArray, floats, type Tensors, tensor } from "../tensor/Tensor.ts"
import type { Description } from "../wasm/Description.ts"
import { NotAModule } from "../wasm/Errors.ts"
import { readModule } from "../wasm/readModule.ts"
import { InputMismatch, ModelRejected, RunFailed } from "./Errors.ts"
import { zeros } from "./flat.ts"
import { checkData, checkRun, describe, placed } from "./inspect.ts"
import type { Program, ValueType } from "./Session.ts"

type Value = Description["inputs"][number]

const typeOf = ({ name, dtype, shape }: Value): ValueType => ({ name, dtype, shape })

/** Which of the many a NaN is depends on the processor: all become the same one. */
const settleNaN = (values: FloatArray): FloatArray => {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = Number.NaN
  return values
}

const opened = (bytes: Uint8Array) =>
  Effect.tryPromise({ try: () => readModule(bytes), catch: (cause) => cause }).pipe(
    Effect.catch((cause) => {
      if (!(cause instanceof NotAModule)) return Effect.die(cause)
      const hint = "Build the model again; if that does not help, the bytes come from another tool."
      return Effect.fail(new ModelRejected({ model: "unknown", node: "–", reason: cause.reason, hint }))
    })
  )

/** Makes the steps of a module ready, as a program that is given and makes what the loop in ONNX does. */
export const openCompiled = Effect.fn("Session.openCompiled")(function* (bytes: Uint8Array, data: Tensors) {
  const module = yield* opened(bytes)
  const { name: model, steps: stepsInput, stepsAtOnce, state, kept, ...given } = module.description
  const signature = {
    model,
    data: given.data.map(typeOf),
    inputs: [{ name: stepsInput, dtype: "int64", shape: [] } as const, ...given.inputs.map(typeOf)],
    outputs: [...state.map(typeOf), ...kept.map((value) => ({ ...typeOf(value), shape: [stepsInput, ...value.shape] }))]
  }
  yield* checkData(signature, data)

  const at = ({ dtype, shape, offset }: Value, times = 1): FloatArray => {
    const size = times * sizeOf(shape)
    return dtype === "float32"
      ? new Float32Array(module.memory, offset, size)
      : new Float64Array(module.memory, offset, size)
  }
  for (const value of given.data) at(value).set(floats(data[value.name]!))
  const inputs = given.inputs.map((value) => ({ name: value.name, place: at(value) }))
  const states = state.map((value) => ({ ...value, place: at(value) }))
  const series = kept.map((value) => ({ ...value, size: sizeOf(value.shape), place: at(value, stepsAtOnce) }))

  const make = (feeds: Tensors): Tensors => {
    const steps = Number(feeds[stepsInput]!.data[0])
    for (const { name, place } of inputs) place.set(floats(feeds[name]!))
    const all = series.map(({ dtype, size }) => zeros(steps * size, dtype))
    for (let done = 0; done < steps; done += stepsAtOnce) {
      const now = Math.min(stepsAtOnce, steps - done)
      module.run(now)
      series.forEach(({ place, size }, i) => void all[i]!.set(place.subarray(0, now * size), done * size))
    }
    const results = states.map(({ name, shape, place }) => [name, tensor(shape, settleNaN(place.slice()))] as const)
    const lists = series.map(({ name, shape }, i) => [name, tensor([steps, ...shape], settleNaN(all[i]!))] as const)
    return Object.fromEntries([...results, ...lists])
  }

  const run: Program["run"] = Effect.fnUntraced(function* (feeds, into = {}) {
    yield* checkRun(signature, feeds, into)
    const steps = Number(feeds[stepsInput]!.data[0])
    if (steps < 0) {
      const [expected, actual] = ["a number of steps of at least 0", String(steps)]
      return yield* new InputMismatch({ model, input: stepsInput, expected, actual })
    }
    const made = yield* Effect.try({
      try: () => make(feeds),
      catch: (cause) => new RunFailed({ model, inputs: describe(feeds), cause })
    })
    return yield* placed(model, made, into)
  })
  const program: Program = { inputs: signature.inputs, outputs: signature.outputs, run }
  return program
})
