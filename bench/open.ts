/**
 * Models made, encoded and opened, as `buildModel` and the stages behind it do.
 */
import * as Effect from "effect/Effect"
import { type ModelOptions, trainingGraphs } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { openObjective, type Samples } from "../src/runtime/objective.ts"

/** The graphs of a model as bytes, by file name, and its parameters. */
export const encodeModel = (options: ModelOptions) =>
  Effect.promise(async () => {
    const { parameters, graphs, parts } = trainingGraphs(options)
    const { step, ...plain } = graphs
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const files: Record<string, Uint8Array> = {
      "step.onnx": await encodeLoop(step, { name: "step", state, scan: ["loss"], parts: parts.step })
    }
    for (const [name, graph] of Object.entries(plain))
      files[`${name}.onnx`] = await encode(graph, parts[name as keyof typeof plain])
    return { parameters, graphs, files }
  })

/** A model as functions of its weights. */
export const openModel = Effect.fnUntraced(function* (
  options: ModelOptions,
  data: { readonly train: Samples; readonly test: Samples }
) {
  const model = yield* encodeModel(options)
  return { ...model, objective: yield* openObjective(model.files, model.parameters, options.dtype, data) }
})
