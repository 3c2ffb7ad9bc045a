/**
 * The graphs of a model in the forms that cost least, by the names under which stages open them. Knows nothing of bytes.
 */
import type { Graph, Parts } from "../graph/Graph.ts"
import { isBetterCompiled } from "./compiledStep.ts"
import { cheaperForm } from "./rowSpace.ts"
import { type StepLoop, stepLoop } from "./stepLoop.ts"
import type { TrainingGraphs } from "./trainingGraphs.ts"

export interface ChosenGraphs {
  /** `step`, as a loop. */
  readonly loop: StepLoop
  /** All others, in the order in which they are encoded. */
  readonly plain: ReadonlyArray<{ readonly name: string; readonly graph: Graph; readonly parts: Parts | undefined }>
  readonly step: "direct" | "dual" | "compiled"
  readonly eigenvalues: "whole" | "row space"
}

export const chosenGraphs = (model: TrainingGraphs): ChosenGraphs => {
  const { step: _, ...plain } = model.graphs
  const loop = stepLoop(model)
  const rows = cheaperForm(model.rowSpace, plain.multiply)
  const ofRows =
    rows === undefined ? {} : { rowGram: rows.gram, rowLinearize: rows.linearize, rowMultiply: rows.multiply }
  return {
    loop,
    plain: Object.entries({ ...ofRows, ...plain }).map(([name, graph]) => ({
      name,
      graph,
      parts: model.parts[name as keyof typeof plain]
    })),
    step: isBetterCompiled(loop) ? "compiled" : loop.options.around === undefined ? "direct" : "dual",
    eigenvalues: rows === undefined ? "whole" : "row space"
  }
}
