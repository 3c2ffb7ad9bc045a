/**
 * Derives all graphs of a model and encodes them. The only stage that reaches ops and derivatives: every later one runs
 * the bytes that are made here.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Graph } from "../src/graph/Graph.ts"
import { Architecture, Loss } from "../src/models/Architecture.ts"
import { trainingGraphs } from "../src/models/trainingGraphs.ts"
import { encode } from "../src/onnx/encode.ts"
import { encodeLoop } from "../src/onnx/encodeLoop.ts"
import { workOf } from "../src/ops/work.ts"
import { guarded } from "../src/pipeline/guarded.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset, Model } from "./artifacts.ts"

/** A chunk takes about a fifth of a second at 50 GFLOP/s, so that progress and interruption stay alive. */
const FLOP_PER_CHUNK = 1e10
const LONGEST_CHUNK = 2000

/** Steps per run of the step graph. */
const chunkOf = (step: Graph): number => Math.max(1, Math.min(LONGEST_CHUNK, Math.floor(FLOP_PER_CHUNK / workOf(step))))

export const buildModel = Stage.make("buildModel", {
  takes: { data: Dataset, architecture: Architecture, loss: Loss, dtype: Schema.Literals(["float32", "float64"]) },
  makes: Model,
  run: Effect.fn("buildModel")(function* ({ data, architecture, loss, dtype }) {
    const sizes = { train: data.trainCount, test: data.testCount, features: data.features, outputs: data.outputs }
    const { parameters, lossScale, graphs } = yield* guarded(() =>
      trainingGraphs({ architecture, loss, dtype, ...sizes })
    )
    const { step, ...plain } = graphs
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const files: Record<string, Uint8Array> = {
      "step.onnx": yield* Effect.promise(() => encodeLoop(step, { name: "step", state, scan: ["loss"] }))
    }
    for (const [name, graph] of Object.entries(plain))
      files[`${name}.onnx`] = yield* Effect.promise(() => encode(graph))
    return { architecture, loss, lossScale, dtype, parameters, chunk: chunkOf(step), graphs: files }
  })
})
