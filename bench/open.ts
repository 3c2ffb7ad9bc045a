/**
 * Models made, encoded and opened, as `buildModel` and the stages behind it do.
 */
import * as Effect from "effect/Effect"
import { chosenGraphs } from "../src/models/chosenGraphs.ts"
import { type ModelOptions, trainingGraphs } from "../src/models/trainingGraphs.ts"
import { openObjective, type Samples } from "../src/runtime/objective.ts"
import { modelFiles } from "../stages/buildModel.ts"

/** The graphs of a model as bytes, by file name, and its parameters. */
export const encodeModel = (options: ModelOptions) =>
  Effect.promise(async () => {
    const model = trainingGraphs(options)
    const chosen = chosenGraphs(model)
    return { ...model, loop: chosen.loop, files: await modelFiles(chosen) }
  })

/** A model as functions of its weights. */
export const openModel = Effect.fnUntraced(function* (
  options: ModelOptions,
  data: { readonly train: Samples; readonly test: Samples }
) {
  const model = yield* encodeModel(options)
  return { ...model, objective: yield* openObjective(model.files, model.parameters, options.dtype, data) }
})
