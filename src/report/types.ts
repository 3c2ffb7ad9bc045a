/**
 * What a report is made of: plain, readonly rows. Knows nothing of how they were measured, stored or drawn.
 */

import type { Spread } from "./spread.ts"

/** How a run ended. Only a converged run is a trained network; the others are shown, never averaged or joined. */
export type Outcome = "Converged" | "Exhausted" | "Diverged" | "Unstable"

/** One run of gradient descent and what was measured where it stopped; `null` is "not measured". */
export interface RunRow {
  readonly model: string
  readonly ratio: number // η / η_c
  readonly flowOutcome: Outcome // of the flow that gave η_c: where it is not `Converged`, `ratio` is a lower bound
  readonly learningRate: number // η
  readonly outcome: Outcome
  readonly steps: number
  readonly sharpness: number | null // S, the largest eigenvalue of the Hessian
  readonly residual: number | null // ‖Hv − Sv‖
  readonly sharpnessLow: number | null // λ_min, its smallest eigenvalue
  readonly residualLow: number | null // ‖Hv − λ_min v‖
  readonly products: number // Hessian-vector products
  /** Whether these were enough for both eigenvalues, and to rule out that one lies further out. */
  readonly eigenvalues: "Converged" | "Exhausted" | null
  readonly stability: number | null // S · η
  readonly stableBelow: number // S · η below which a quadratic is stable: 2 for gradient descent
  readonly l1: number | null // ‖θ‖₁
  readonly l2Squared: number | null // ‖θ‖₂²
  readonly trainLoss: number | null
  readonly testLoss: number | null
  readonly trainAccuracy: number | null
  readonly testAccuracy: number | null
  readonly key: string // 64 hexadecimal digits: the action that measured it
}

/**
 * Gradient flow from the same start: the limit of small learning rates, and what defines the critical one. Where it did not
 * reach its threshold, all of it is of where it stopped (`flow.ts`).
 */
export interface FlowSummary {
  readonly outcome: Outcome
  readonly threshold: number // the training loss that it was to reach
  readonly initialSharpness: number // S_0
  readonly maximalSharpness: number // S_max along the flow
  readonly finalSharpness: number // S_end
  readonly criticalRate: number // η_c = 2 / S_max
  readonly finalL1: number
  readonly finalL2Squared: number
  readonly trainLoss: number
  readonly testLoss: number | null
  readonly testAccuracy: number | null
  readonly time: number // ODE time; step k of gradient descent is time k · η
  readonly steps: number
  readonly key: string
}

/** The training loss of one run at one step; the points of a run share its key. */
export interface LossPoint {
  readonly ratio: number
  readonly flowOutcome: Outcome
  readonly learningRate: number
  readonly stableBelow: number // S · η below which a quadratic is stable
  readonly step: number
  readonly loss: number
  readonly key: string
}

/** The sharpness of one run at one step; the points of a run share its key. */
export interface SharpnessPoint {
  readonly ratio: number
  readonly flowOutcome: Outcome
  readonly learningRate: number
  readonly stableBelow: number // S · η below which a quadratic is stable
  readonly step: number
  readonly sharpness: number
  readonly eigenvalue: "Converged" | "Exhausted" // whether its search was cut off
  readonly key: string
}

/** One model's sweep over learning rates: its runs, the flow they are compared with, and the actions behind both. */
export interface Study {
  readonly model: string // the `model` of its rows
  readonly title: string // as a reader knows it: "MLP 200–200 on MNIST-5k"
  readonly flow: FlowSummary
  readonly runs: ReadonlyArray<RunRow>
  readonly key: string // the action that made the table of runs
}

/** What is compared over several sweeps: norms and S in units of the end of each sweep's own flow, S · η in those of its limit. */
export type Measure = "testLoss" | "l1" | "l2Squared" | "sharpness" | "stability"

/** What the runs at one multiple of the critical rate have in common. */
export type RatioRow = { readonly ratio: number; readonly runs: number; readonly converged: number } & {
  readonly [M in Measure]: Spread | null
}

/**
 * Whether a rate in between generalises better than the smallest and the largest at which every sweep converged. For each
 * sweep that rate is the best one of all *others*, so that nothing is won by choosing among noise.
 */
export interface Comparison {
  readonly smallest: number // η / η_c
  readonly largest: number
  /** The best multiple of the critical rate of each sweep, by its own test loss. */
  readonly best: ReadonlyArray<number>
  /** ln(test loss at the end / test loss at the chosen rate) */
  readonly overSmallest: Spread
  readonly overLargest: Spread
  /** Where the least test loss is, as far as 97.5 % are sure: neither end is beaten where it is `unclear`. */
  readonly place: "between" | "smallest" | "largest" | "unclear"
}

/** A row over several sweeps, as a table has it. */
export type FlatRatioRow = { readonly ratio: number; readonly runs: number; readonly converged: number } & {
  readonly [M in Measure | `${Measure}Error`]: number | null
}
