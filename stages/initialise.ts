/**
 * The starting weights of a model, from a seed.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stage from "../src/pipeline/Stage.ts"
import { initialize } from "../src/train/initialize.ts"
import { Model, Weights } from "./artifacts.ts"

export const initialise = Stage.make("initialise", {
  takes: { model: Model, seed: Schema.Int },
  makes: Weights,
  run: ({ model, seed }) => Effect.sync(() => ({ weights: initialize(model.parameters, seed, model.dtype) }))
})
