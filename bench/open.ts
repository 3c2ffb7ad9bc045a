/**
 * Models made, encoded and opened, as `buildModel` and the stages behind it do.
 */
import * as Effect from "effect/Effect"
import { writeLoop } from "../src/compile/writeLoop.ts"
import { chosenGraphs } from "../src/models/chosenGraphs.ts"
import { type ModelOptions, trainingGraphs } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { openObjective, type Samples } from "../src/runtime/objective.ts"

/** The graphs of a model as bytes, by file name, and its parameters. */
export const encodeModel = (options: ModelOptions) =>
  Effect.promise(async () => {
    const model = trainingGraphs(options)
    const { loop, plain, step } = chosenGraphs(model)
    const files: Record<string, Uint8Array> = { "step.onnx": await encodeLoop(loop.graph, loop.options) }
    if (step === "compiled") files["step.wasm"] = writeLoop(loop.graph, loop.options)
    for (const { name, graph, parts } of plain) files[`${name}.onnx`] = await encode(graph, parts)
    return { ...model, loop, files }
  })

/** A model as functions of its weights. */
export const openModel = Effect.fnUntraced(function* (
  options: ModelOptions,
  data: { readonly train: Samples; readonly test: Samples }
) {
  const model = yield* encodeModel(options)
  return { ...model, objective: yield* openObjective(model.files, model.parameters, options.dtype, data) }
})
