/**
 * The learning rates at which the end of gradient descent changes its kind: where it leaves the gradient flow for the edge of
 * stability, and where it diverges; with the ratios to run next, until each is known as closely as was asked for.
 */
import * as Effect from "effect/Effect"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { brackets, refine } from "../src/pipeline/bracket.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import { warn } from "../src/pipeline/Progress.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { reached, shortfall } from "../src/report/flow.ts"
import { Flow, Limits, Measurement } from "./artifacts.ts"

/** A run follows the flow if it ends at least at this share of the flow's sharpness. */
const FOLLOWS_ABOVE = 0.99

export const locateLimits = Stage.make("locateLimits", {
  takes: {
    flow: Flow,
    runs: Artifact.many(Measurement),
    /** Of η / η_c: a change that is known so closely is left as it is. */
    tolerance: Numbers.Positive,
    /** Into how many parts a bracket is cut. */
    parts: Numbers.integerFrom(2)
  },
  makes: Limits,
  run: Effect.fn("locateLimits")(function* ({ flow, runs, tolerance, parts }) {
    const short = shortfall(flow)
    if (short !== undefined) yield* warn(short)
    const points = runs.map(({ ratio, learningRate, outcome, sharpness }) => ({
      at: ratio,
      learningRate,
      outcome:
        outcome === "Diverged"
          ? "diverged"
          : reached(flow) &&
              outcome === "Converged" &&
              sharpness !== null &&
              sharpness >= FOLLOWS_ABOVE * flow.finalSharpness
            ? "flow"
            : "edge"
    }))
    const rates = new Map(points.map(({ at, learningRate }) => [at, learningRate]))
    return {
      flowOutcome: flow.outcome,
      changes: brackets(points).map(({ below, above }) => ({
        from: below.outcome,
        to: above.outcome,
        below: below.at,
        above: above.at,
        rateBelow: rates.get(below.at)!,
        rateAbove: rates.get(above.at)!
      })),
      add: refine(points, { tolerance, parts })
    }
  })
})
