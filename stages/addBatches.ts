/**
 * The same model with the gradient of a batch besides, of so many samples: what stochastic descent needs. Derived apart, so
 * that models without it stay as they are.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Architecture, Loss } from "../src/models/Architecture.ts"
import { trainingGraphs } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { guarded } from "../src/pipeline/guarded.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset, Model } from "./artifacts.ts"

/** What `buildModel` was told. */
const describedBy = Schema.decodeUnknownEffect(Schema.Struct({ architecture: Architecture, loss: Loss }))

export const addBatches = Stage.make("addBatches", {
  takes: {
    data: Dataset,
    model: Model,
    /** Samples of a batch, B. */
    size: Numbers.Count
  },
  makes: Model,
  run: Effect.fn("addBatches")(function* ({ data, model, size }) {
    const { trainCount: train, testCount: test, features, outputs } = data
    const { architecture, loss } = yield* Effect.orDie(describedBy(model))
    const { dtype } = model
    const { batchGradient } = yield* guarded(() =>
      trainingGraphs({ architecture, loss, dtype, train, test, features, outputs, stochastic: size })
    )
    const bytes = yield* Effect.promise(() => encode(batchGradient!))
    return { ...model, graphs: { ...model.graphs, "batchGradient.onnx": bytes } }
  })
})
