/**
 * What every session checks before it starts: that the bytes are a model, and that tensors are what the model asks for.
 */
import * as Effect from "effect/Effect"
import type { ModelProto } from "onnx-buf"
import { decode, formatType, type Signature, signatureOf } from "../onnx/decode.ts"
import { NotAModel } from "../onnx/Errors.ts"
import { sizeOf } from "../tensor/Shape.ts"
import type { Tensor, Tensors } from "../tensor/Tensor.ts"
import { InputMismatch, ModelRejected } from "./Errors.ts"
import type { ValueType } from "./Session.ts"

export interface Inspected {
  readonly model: ModelProto
  readonly signature: Signature
}

/** The model of these bytes, with what it is given and what it makes. */
export const inspect = (bytes: Uint8Array): Effect.Effect<Inspected, ModelRejected> =>
  Effect.tryPromise({
    try: async () => {
      const model = await decode(bytes)
      return { model, signature: signatureOf(model) }
    },
    catch: (cause) => cause
  }).pipe(
    Effect.catch((cause) => {
      if (!(cause instanceof NotAModel)) return Effect.die(cause)
      const hint = "Make the model again; if that does not help, the bytes come from another tool."
      return Effect.fail(new ModelRejected({ model: "unknown", node: "–", reason: cause.reason, hint }))
    })
  )

const formatTensor = (tensor: Tensor): string => {
  const count = tensor.data.length
  return `${formatType(tensor)}${count === sizeOf(tensor.shape) ? "" : ` of ${count} elements`}`
}

const fits = ({ dtype, shape }: ValueType, actual: Tensor): boolean =>
  dtype === actual.dtype &&
  actual.data.length === sizeOf(actual.shape) &&
  shape.length === actual.shape.length &&
  shape.every((size, axis) => typeof size === "string" || size === actual.shape[axis])

/** The first tensor that is absent or is not what is expected. */
const firstMisfit = (model: string, expected: ReadonlyArray<ValueType>, given: Tensors): InputMismatch | undefined => {
  for (const type of expected) {
    const actual = Object.hasOwn(given, type.name) ? given[type.name] : undefined
    if (actual !== undefined && fits(type, actual)) continue
    const found = actual === undefined ? "absent" : formatTensor(actual)
    return new InputMismatch({ model, input: type.name, expected: formatType(type), actual: found })
  }
  return undefined
}

/** Checks what a model leaves out of its bytes. Data of other models may be among it. */
export const checkData = ({ model, data }: Signature, given: Tensors): Effect.Effect<void, InputMismatch> =>
  Effect.suspend(() => {
    const misfit = firstMisfit(model, data, given)
    return misfit === undefined ? Effect.void : Effect.fail(misfit)
  })

/** The first tensor that is none of those. */
const firstExtra = (model: string, known: ReadonlyArray<ValueType>, given: Tensors): InputMismatch | undefined => {
  const names = new Set(known.map(({ name }) => name))
  const extra = Object.keys(given).find((name) => !names.has(name))
  if (extra === undefined) return undefined
  return new InputMismatch({ model, input: extra, expected: "absent", actual: formatType(given[extra]!) })
}

/** Checks what a run is given: every input, and nothing else; and places for outputs that it has. */
export const checkRun = (
  { model, inputs, outputs }: Pick<Signature, "model" | "inputs" | "outputs">,
  given: Tensors,
  into: Tensors
): Effect.Effect<void, InputMismatch> =>
  Effect.suspend(() => {
    const placed = outputs.filter(({ name }) => Object.hasOwn(into, name))
    const misfit =
      firstMisfit(model, inputs, given) ??
      firstExtra(model, inputs, given) ??
      firstMisfit(model, placed, into) ??
      firstExtra(model, outputs, into) ??
      firstShared(model, given, into)
    return misfit === undefined ? Effect.void : Effect.fail(misfit)
  })

/** Whether two tensors have an element in the same place. */
const overlap = ({ data: a }: Tensor, { data: b }: Tensor): boolean =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength

/** The first place that something else has, too: a graph may write to it before it has read all of that. */
const firstShared = (model: string, given: Tensors, into: Tensors): InputMismatch | undefined => {
  const all = [...Object.entries(into), ...Object.entries(given)]
  for (const [i, [name, place]] of Object.entries(into).entries()) {
    const other = all.slice(i + 1).find(([, tensor]) => overlap(place, tensor))
    if (other === undefined) continue
    const [expected, actual] = ["in memory of its own", `in that of "${other[0]}"`]
    return new InputMismatch({ model, input: name, expected, actual })
  }
  return undefined
}

/** Outputs, those of `into` copied there. Errors  InputMismatch where one is of a size that only the run tells */
export const placed = (model: string, outputs: Tensors, into: Tensors): Effect.Effect<Tensors, InputMismatch> =>
  Effect.suspend(() => {
    const made = Object.entries(outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
    const wanted = made.filter(({ name }) => Object.hasOwn(into, name))
    const misfit = firstMisfit(model, wanted, into)
    if (misfit !== undefined) return Effect.fail(misfit)
    for (const [name, { data }] of Object.entries(into)) (data as Float64Array).set(outputs[name]!.data as Float64Array)
    return Effect.succeed({ ...outputs, ...into })
  })

/** What a run was given, for messages. */
export const describe = (inputs: Tensors): ReadonlyArray<string> =>
  Object.entries(inputs).map(([name, tensor]) => `${name} ${formatType(tensor)}`)
