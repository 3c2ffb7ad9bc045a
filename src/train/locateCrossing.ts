/**
 * Where on its last step a gradient flow reaches a given loss. Knows nothing of how a step is made.
 */
import * as Effect from "effect/Effect"

/** How close to the threshold the loss must be, as a share of it. */
const closeness = 0.99
/** Near this share of the threshold the search aims, so that it seldom ends above it. */
const aim = 0.995
const maxTrials = 60

interface Step<Reached> {
  readonly length: number
  readonly reached: Reached
}

/**
 * The step, at most as long as `over`, whose loss is at most `threshold` and at least 0.99 of it: by the secant on the
 * logarithm of the loss, which is nearly linear in time, kept inside a bracket. `over` is a step whose loss is at most
 * the threshold, `lossBefore` that of a step of length zero. Where the loss jumps (float32), the shortest step found that
 * ends below the threshold.
 */
export const locateCrossing = <Reached extends { readonly loss: number }, E, R>(
  advance: (length: number) => Effect.Effect<Reached, E, R>,
  over: Step<Reached>,
  lossBefore: number,
  threshold: number
): Effect.Effect<Step<Reached>, E, R> =>
  Effect.gen(function* () {
    let below = over
    let above = { length: 0, loss: lossBefore }
    for (let trial = 0; trial < maxTrials && below.reached.loss < closeness * threshold; trial++) {
      const share =
        (Math.log(above.loss) - Math.log(aim * threshold)) / (Math.log(above.loss) - Math.log(below.reached.loss))
      const inside = share > 0.01 && share < 0.99 ? share : 0.5
      const length = above.length + inside * (below.length - above.length)
      const reached = yield* advance(length)
      if (reached.loss <= threshold) below = { length, reached }
      else above = { length, loss: reached.loss }
    }
    return below
  })
