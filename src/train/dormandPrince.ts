/**
 * One step of the embedded Runge–Kutta pair of Dormand and Prince for w' = −∇L(w): a solution of fifth order, and its
 * difference from one of fourth order as an estimate of the error. Knows nothing of step sizes.
 */
import * as Effect from "effect/Effect"
import type { Reached } from "./follow.ts"
import type { Slope } from "./rungeKutta.ts"

/**
 * Rows of the tableau: how much of each earlier slope enters the next stage; the last row is the step itself.
 *
 * Source  Dormand, Prince 1980, "A family of embedded Runge–Kutta formulae": RK5(4)7M
 */
const stages: ReadonlyArray<ReadonlyArray<number>> = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]
]

/** The step of fifth order less that of fourth, by slope. */
const difference: ReadonlyArray<number> = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]

/** θ − h Σ aⱼ gⱼ. */
const moved = (
  theta: Float64Array,
  h: number,
  coefficients: ReadonlyArray<number>,
  slopes: ReadonlyArray<ArrayLike<number>>
): Float64Array => {
  const out = theta.slice()
  coefficients.forEach((coefficient, j) => {
    const slope = slopes[j]!
    const step = h * coefficient
    if (step !== 0) for (let i = 0; i < out.length; i++) out[i]! -= step * slope[i]!
  })
  return out
}

/**
 * w(t + h) from w(t) and ∇L(w(t)), with six more gradients, the last of which is the one there. The error of a step is of
 * order h⁶; `error` estimates that of the fourth-order solution, of order h⁵. Stable on a quadratic of curvature λ while
 * h λ < 3.307.
 */
export const dormandPrinceStep = <E, R>(
  gradient: (theta: Float64Array) => Effect.Effect<Slope, E, R>,
  theta: Float64Array,
  first: ArrayLike<number>,
  h: number
): Effect.Effect<{ readonly reached: Reached; readonly error: Float64Array }, E, R> =>
  Effect.gen(function* () {
    const slopes = [first]
    let there = theta
    let loss = 0
    for (const coefficients of stages) {
      there = moved(theta, h, coefficients, slopes)
      const slope = yield* gradient(there)
      slopes.push(slope.gradient)
      loss = slope.loss
    }
    const reached = { theta: there, loss, gradient: slopes.at(-1)! }
    return { reached, error: moved(new Float64Array(theta.length), h, difference, slopes) }
  })
