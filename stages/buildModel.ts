/**
 * Derives all graphs of a model and encodes them. The only stage that reaches ops and derivatives: every later one runs
 * the bytes that are made here.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { writeLoop } from "../src/compile/writeLoop.ts"
import { Architecture, Loss } from "../src/models/Architecture.ts"
import { batchOf } from "../src/models/batch.ts"
import { type ChosenGraphs, chosenGraphs } from "../src/models/chosenGraphs.ts"
import { trainingGraphs } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { guarded } from "../src/pipeline/guarded.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset, Model } from "./artifacts.ts"

/** The graphs of a model as files: `step.onnx`, `step.wasm` where steps are compiled, `gradient.onnx`, …: bytes by name. */
export const modelFiles = async ({ loop, plain, step }: ChosenGraphs): Promise<Record<string, Uint8Array>> => {
  const files: Record<string, Uint8Array> = { "step.onnx": await encodeLoop(loop.graph, loop.options) }
  if (step === "compiled") files["step.wasm"] = writeLoop(loop.graph, loop.options)
  for (const { name, graph, parts } of plain) files[`${name}.onnx`] = await encode(graph, parts)
  return files
}

export const buildModel = Stage.make("buildModel", {
  takes: { data: Dataset, architecture: Architecture, loss: Loss, dtype: Schema.Literals(["float32", "float64"]) },
  makes: Model,
  run: Effect.fn("buildModel")(function* ({ data, architecture, loss, dtype }) {
    const { trainCount: train, testCount: test, features, outputs } = data
    const batch = { train: batchOf(architecture, train), test: batchOf(architecture, test) }
    const model = yield* guarded(() =>
      trainingGraphs({ architecture, loss, dtype, train, test, features, outputs, batch })
    )
    const { parameters, lossScale } = model
    const chosen = chosenGraphs(model)
    const graphs = yield* Effect.promise(() => modelFiles(chosen))
    const forms = { step: chosen.step, eigenvalues: chosen.eigenvalues, samples: batch.train ?? train }
    return { architecture, loss, lossScale, dtype, parameters, chunk: chosen.loop.chunk, forms, graphs }
  })
})
