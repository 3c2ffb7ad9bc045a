/**
 * Derives all graphs of a model and encodes them. The only stage that reaches ops and derivatives: every later one runs
 * the bytes that are made here.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Graph, Parts } from "../src/graph/Graph.ts"
import { Architecture, Loss } from "../src/models/Architecture.ts"
import { batchOf } from "../src/models/batch.ts"
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
const chunkOf = (step: Graph, parts: Parts | undefined): number => {
  const work = workOf(step) + (parts === undefined ? 0 : parts.count * workOf(parts.graph))
  return Math.max(1, Math.min(LONGEST_CHUNK, Math.floor(FLOP_PER_CHUNK / work)))
}

export const buildModel = Stage.make("buildModel", {
  takes: { data: Dataset, architecture: Architecture, loss: Loss, dtype: Schema.Literals(["float32", "float64"]) },
  makes: Model,
  run: Effect.fn("buildModel")(function* ({ data, architecture, loss, dtype }) {
    const { trainCount: train, testCount: test, features, outputs } = data
    const batch = { train: batchOf(architecture, train), test: batchOf(architecture, test) }
    const { parameters, lossScale, graphs, parts } = yield* guarded(() =>
      trainingGraphs({ architecture, loss, dtype, train, test, features, outputs, batch })
    )
    const { step, ...plain } = graphs
    const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
    const loop = { name: "step", state, scan: ["loss"], parts: parts.step }
    const files: Record<string, Uint8Array> = {
      "step.onnx": yield* Effect.promise(() => encodeLoop(step, loop))
    }
    for (const [name, graph] of Object.entries(plain))
      files[`${name}.onnx`] = yield* Effect.promise(() => encode(graph, parts[name as keyof typeof plain]))
    return { architecture, loss, lossScale, dtype, parameters, chunk: chunkOf(step, parts.step), graphs: files }
  })
})
