/**
 * One step of the classical Runge–Kutta method for w' = −∇L(w). Knows nothing of step sizes.
 */
import * as Effect from "effect/Effect"

export interface Slope {
  readonly loss: number
  /** ∇L. Shape [p] */
  readonly gradient: ArrayLike<number>
}

/** w − h g, for the gradient g. A loop: `map` takes ten times as long, as long as a gradient. */
const descended = (theta: Float64Array, h: number, gradient: ArrayLike<number>): Float64Array => {
  const next = theta.slice()
  for (let i = 0; i < next.length; i++) next[i]! -= h * gradient[i]!
  return next
}

/**
 * w(t + h) from w(t) and ∇L(w(t)), with three more gradients; the error of a step is of order h⁵. Stable on a quadratic
 * of curvature λ while h λ < 2.785.
 */
export const rungeKuttaStep = <E, R>(
  gradient: (theta: Float64Array) => Effect.Effect<Slope, E, R>,
  theta: Float64Array,
  first: ArrayLike<number>,
  h: number
): Effect.Effect<Float64Array, E, R> =>
  Effect.gen(function* () {
    const { gradient: second } = yield* gradient(descended(theta, h / 2, first))
    const { gradient: third } = yield* gradient(descended(theta, h / 2, second))
    const { gradient: fourth } = yield* gradient(descended(theta, h, third))
    const next = theta.slice()
    for (let i = 0; i < next.length; i++) {
      next[i]! -= (h / 6) * (first[i]! + 2 * second[i]! + 2 * third[i]! + fourth[i]!)
    }
    return next
  })
