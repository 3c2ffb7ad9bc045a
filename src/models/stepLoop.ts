/**
 * How the steps of a model are run: which form of the step, how it is repeated, and how many steps make one run.
 */
import { dataOf, type Graph, type Parts, partsOf } from "../graph/Graph.ts"
import type { LoopOptions } from "../graph/Loop.ts"
import { workOf } from "../ops/work.ts"
import type { TrainingGraphs } from "./trainingGraphs.ts"

export interface StepLoop {
  readonly graph: Graph
  readonly options: LoopOptions
  /** Steps of one run. */
  readonly chunk: number
}

/** A run takes less than half a second, so that progress and interruption stay alive: at 150 and 50 GFLOP/s. */
const operationsPerRun = { float32: 6e10, float64: 2e10 } as const
const longestRun = 2000
/** One that begins and ends with much work may take so many times as long, if that makes it this share of the steps. */
const stretch = 3
const repaid = 0.05

/** A step of less takes a millisecond, of which products are only a part. */
const leastWork = 1e8
/** The inner products of samples must fit: 100 MB in float32, and as much again for the copy that onnxruntime packs. */
const mostSamples = 5000
/** Another form must be better by more than what the estimate of work leaves out. */
const margin = 0.9

/** How many steps fit into a run, after some work that it begins or ends with; and what one of them takes, all told. */
const runOf = (operations: number, step: number, once = 0) => {
  const fitting = (most: number): number => Math.floor((most - once) / step)
  const wanted = Math.max(fitting(operations), Math.ceil(once / (repaid * step)))
  const chunk = Math.max(1, Math.min(longestRun, fitting(stretch * operations), wanted))
  return { chunk, each: step + once / chunk }
}

const samplesIn = (graph: Graph): number => Math.max(0, ...dataOf(graph).map(({ shape }) => shape[0] ?? 0))

const workOfParts = ({ graph, rows }: Parts): number => partsOf(rows, samplesIn(graph)) * workOf(graph)

/**
 * The loop over the cheaper form of the steps. Of the dual form the bits depend, by rounding, on how many steps a run has: its
 * weights are made once a run.
 */
export const stepLoop = ({ graphs, parts, parameters, dual }: TrainingGraphs): StepLoop => {
  const { step } = graphs
  const operations = operationsPerRun[step.outputs["loss"]!.dtype === "float64" ? "float64" : "float32"]
  const work = workOf(step) + (parts.step === undefined ? 0 : workOfParts(parts.step))
  const direct = runOf(operations, work)
  const shared = { name: "step", scan: ["loss"] }
  if (dual !== undefined && work >= leastWork && samplesIn(dual.step) <= mostSamples) {
    const once = workOf(dual.around.begin) + workOf(dual.around.end)
    const run = runOf(operations, workOf(dual.step), once)
    const options = { ...shared, state: dual.state, around: dual.around }
    if (run.each < margin * direct.each) return { graph: dual.step, options, chunk: run.chunk }
  }
  const state = Object.fromEntries(parameters.map(({ name }) => [`${name}.next`, name]))
  return { graph: step, options: { ...shared, state, parts: parts.step }, chunk: direct.chunk }
}
