/**
 * Rules by which weights are changed once the gradient is known: plain, Polyak's and Nesterov's momentum. A rule works on
 * a *point*: the weights w [p], followed by what it remembers (the velocity u [p], of those with momentum), as one vector.
 * So a run with momentum is driven, saved and resumed like one without. Knows nothing of losses or batches.
 */
import type { FloatArray } from "../tensor/Tensor.ts"
import { requireSetting } from "./Errors.ts"

export interface Optimizer {
  /** How many vectors as long as the weights it remembers. */
  readonly memory: 0 | 1
  /**
   * One step, in place. Arithmetic is in float64, rounded where it is stored.
   *
   * Shape  point [(1 + memory) · p], gradient [p]
   */
  readonly update: (point: FloatArray, gradient: ArrayLike<number>, learningRate: number) => void
  /** On a quadratic of curvature λ, with the gradient of all samples, it is stable while η λ is below this. */
  readonly stableBelow: (learningRate: number) => number
}

export interface Decay {
  /**
   * μ: every step takes η μ w off the weights, besides what it does with the gradient. Without momentum this is gradient
   * descent on L + μ/2 ‖w‖₂², to rounding. With momentum it is not: the decay bypasses the velocity ("decoupled"), and a
   * decay that shall pass through it belongs into the loss. Losses that a run reports are those of L alone. Default 0
   */
  readonly weightDecay?: number
}

export interface Momentum extends Decay {
  /** β, from 0 to less than 1. */
  readonly momentum: number
}

const decayOf = ({ weightDecay = 0 }: Decay): number => {
  requireSetting(weightDecay >= 0 && Number.isFinite(weightDecay), "weightDecay", "finite and at least 0", weightDecay)
  return weightDecay
}

const momentumOf = ({ momentum }: Momentum): number => {
  requireSetting(momentum >= 0 && momentum < 1, "momentum", "at least 0 and below 1", momentum)
  return momentum
}

/**
 * Gradient descent, w ← w − η (∇L + μ w). Stable on a quadratic of curvature λ while η λ < 2 − η μ.
 *
 * Errors  SettingOutOfRange
 */
export const plain = (options: Decay = {}): Optimizer => {
  const decay = decayOf(options)
  return {
    memory: 0,
    update: (point, gradient, learningRate) => {
      for (let i = 0; i < point.length; i++) {
        const w = point[i]!
        point[i] = w - learningRate * (gradient[i]! + decay * w)
      }
    },
    stableBelow: (learningRate) => 2 - learningRate * decay
  }
}

/** u ← β u + ∇L, then w ← w − η (step(∇L, u) + μ w). Stable while η λ is below `limit` (2 − η μ). */
const withVelocity = (
  options: Momentum,
  limit: number,
  step: (gradient: number, velocity: number) => number
): Optimizer => {
  const decay = decayOf(options)
  const momentum = momentumOf(options)
  return {
    memory: 1,
    update: (point, gradient, learningRate) => {
      const size = point.length / 2
      for (let i = 0; i < size; i++) {
        const w = point[i]!
        const velocity = momentum * point[size + i]! + gradient[i]!
        point[size + i] = velocity
        point[i] = w - learningRate * (step(gradient[i]!, velocity) + decay * w)
      }
    },
    stableBelow: (learningRate) => limit * (2 - learningRate * decay)
  }
}

/**
 * Polyak's heavy ball, u ← β u + ∇L, w ← w − η (u + μ w): PyTorch's SGD with momentum β and no dampening. Stable on a
 * quadratic of curvature λ while η λ < (2 − η μ) (1 + β).
 *
 * Errors  SettingOutOfRange
 * Source  Polyak 1964; the threshold: Cohen et al. 2021 (arXiv 2103.00065), appendix on momentum
 */
export const polyak = (options: Momentum): Optimizer =>
  withVelocity(options, 1 + options.momentum, (_, velocity) => velocity)

/**
 * Nesterov's momentum, u ← β u + ∇L, w ← w − η (∇L + β u + μ w): PyTorch's SGD with nesterov = True. Stable on a
 * quadratic of curvature λ while η λ < (2 − η μ) (1 + β) / (1 + 2 β).
 *
 * Errors  SettingOutOfRange
 * Source  Sutskever et al. 2013; the threshold: Cohen et al. 2021 (arXiv 2103.00065), appendix on momentum
 */
export const nesterov = (options: Momentum): Optimizer =>
  withVelocity(
    options,
    (1 + options.momentum) / (1 + 2 * options.momentum),
    (gradient, velocity) => gradient + options.momentum * velocity
  )

/** Where a run from these weights begins: nothing remembered. Shape [p] → [(1 + memory) · p] */
export const startingPoint = (optimizer: Optimizer, weights: FloatArray): FloatArray => {
  const size = (1 + optimizer.memory) * weights.length
  const point = weights instanceof Float32Array ? new Float32Array(size) : new Float64Array(size)
  point.set(weights)
  return point
}
