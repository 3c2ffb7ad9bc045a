/**
 * Sessions that interpret the model in float64 with the reference evaluation of each op: slow, exact, without native code.
 * The oracle for the sessions that real work runs on. It reads the same bytes, so the encoder is tested as well.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { allocate } from "../tensor/DType.ts"
import type { Tensor, Tensors } from "../tensor/Tensor.ts"
import { ModelRejected, RunFailed } from "./Errors.ts"
import { checkData, checkRun, describe, inspect, placed } from "./inspect.ts"
import { constantValues, evaluate, firstUnknown, kernelsIn, toValue } from "./interpret.ts"
import { kernels as ops, type Value } from "./kernels.ts"
import { type Program, Session, type ValueType } from "./Session.ts"

/** A value rounded to the element type that the model declares. */
const toTensor = ({ dtype }: ValueType, { shape, data }: Value): Tensor => {
  const rounded = allocate(dtype, data.length)
  if (rounded instanceof BigInt64Array) rounded.set(Array.from(data, BigInt))
  else rounded.set(data)
  return { dtype, shape, data: rounded }
}

const open = Effect.fn("Session.open")(function* (bytes: Uint8Array, data: Tensors) {
  const { model, signature } = yield* inspect(bytes)
  yield* checkData(signature, data)
  const graph = model.graph!
  const kernels = kernelsIn(model, ops)
  const unknown = firstUnknown(model, kernels)
  if (unknown !== undefined) {
    return yield* new ModelRejected({
      model: signature.model,
      node: unknown.name,
      reason: `there is no reference evaluation of ${unknown.opType}`,
      hint: "The reference session runs what the encoder writes; add the op to the table, or use onnxruntime."
    })
  }
  const given = signature.data.map(({ name }) => [name, toValue(data[name]!)] as const)
  const known = new Map([...constantValues(model), ...given])

  const run: Program["run"] = Effect.fnUntraced(function* (inputs, into = {}) {
    yield* checkRun(signature, inputs, into)
    const results = yield* Effect.try({
      try: () => {
        const values = Object.entries(inputs).map(([name, tensor]) => [name, toValue(tensor)] as const)
        return evaluate(graph, new Map([...known, ...values]), kernels)
      },
      catch: (cause) => new RunFailed({ model: signature.model, inputs: describe(inputs), cause })
    })
    const outputs = signature.outputs.map((output, i) => [output.name, toTensor(output, results[i]!)] as const)
    return yield* placed(signature.model, Object.fromEntries(outputs), into)
  })
  return { inputs: signature.inputs, outputs: signature.outputs, run }
})

/** Sessions that interpret models in float64, for tests. */
export const layerReference: Layer.Layer<Session> = Layer.succeed(Session)({ open })
