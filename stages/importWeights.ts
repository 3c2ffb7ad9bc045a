/**
 * Weights of a model from a safetensors file, as PyTorch saves them; its content is pinned.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readWeights } from "../src/data/readWeights.ts"
import { fromStateDict } from "../src/models/stateDict.ts"
import { guarded } from "../src/pipeline/guarded.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Model, Weights } from "./artifacts.ts"

export const importWeights = Stage.make("importWeights", {
  takes: {
    model: Model,
    /** In the folder `weights` of the data. */
    file: Schema.String,
    sha256: Schema.String,
    /** What parameters are called there, where that is something else. */
    names: Schema.Record(Schema.String, Schema.String)
  },
  makes: Weights,
  run: Effect.fn("importWeights")(function* ({ model, file, sha256, names }) {
    const given = yield* readWeights({ name: file, sha256 })
    const weights = yield* guarded(() => fromStateDict(given, model.parameters, model.dtype, names))
    return { weights }
  })
})
