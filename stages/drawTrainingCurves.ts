/**
 * Loss and sharpness along training, for a few learning rates.
 */
import * as Effect from "effect/Effect"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { Provenance } from "../src/pipeline/Provenance.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { trainingCurvesCaption, withOpenPoints, withWarmSearches } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { trainingCurves } from "../src/report/figures/trainingCurves.ts"
import { reached, withNotice } from "../src/report/flow.ts"
import { Figure, Trace } from "./artifacts.ts"

export const drawTrainingCurves = Stage.make("drawTrainingCurves", {
  takes: { traces: Artifact.many(Trace) },
  makes: Figure,
  provenance: true,
  run: Effect.fn("drawTrainingCurves")(function* ({ traces }) {
    const keys = (yield* Provenance).keys("traces")
    const pointsOf = <P extends object>(points: (trace: Artifact.Value<typeof Trace>) => ReadonlyArray<P>) =>
      traces.flatMap((trace, i) =>
        points(trace).map((point) => ({
          ratio: trace.ratio,
          flowOutcome: trace.flowOutcome,
          learningRate: trace.learningRate,
          stableBelow: trace.stableBelow,
          ...point,
          key: keys[i]!
        }))
      )
    const short = traces.find(({ flowOutcome: outcome }) => !reached({ outcome }))
    const settled = traces.every(({ sharpnesses }) => sharpnesses.every(({ converged }) => converged))
    const isWarm = traces.some(({ search }) => search === "warm")
    const plain = isWarm ? withWarmSearches(trainingCurvesCaption) : trainingCurvesCaption
    const caption = withNotice(settled ? plain : withOpenPoints(plain), { outcome: short?.flowOutcome ?? "Converged" })
    const figure = trainingCurves(
      pointsOf(({ losses }) => losses),
      pointsOf(({ sharpnesses }) =>
        sharpnesses.map(({ step, sharpness, converged }) => {
          return { step, sharpness, eigenvalue: converged ? ("Converged" as const) : ("Exhausted" as const) }
        })
      )
    )
    return yield* drawn("training-curves", caption, figure)
  })
})
