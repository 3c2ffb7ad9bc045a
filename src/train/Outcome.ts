/**
 * How a training run ended. Every ending is a result: it is kept, counted and plotted. What is broken (no memory, a
 * lost device, a bug) is not an outcome but a failure.
 */

/**
 * - `Converged`: the loss was at most the threshold for `patience` consecutive steps. The weights are those at the last
 *   of these steps.
 * - `Exhausted`: the allowed steps (or, for a flow, the allowed time) were used up. The weights are the last ones.
 * - `Diverged`: the loss was not finite, or more than ten times the initial one. The weights are the last ones before
 *   it was.
 * - `Unstable`: the loss was at most the threshold once or more, but never for `patience` steps, until the steps were
 *   used up. The weights are those at the first touch. Near the largest possible learning rate a chaotic run can hit a
 *   minimum by accident although gradient descent is driven away from it (λ η > 2): a rule without patience would call
 *   it converged, and put a point into a figure that no run stays at.
 */
export type Outcome = (typeof outcomes)[number]

export const outcomes = ["Converged", "Exhausted", "Diverged", "Unstable"] as const
