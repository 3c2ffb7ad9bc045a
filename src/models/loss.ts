/**
 * Losses and accuracy of outputs [C, N] against targets [N, C]. The one place where the loss is normalised.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Loss, LossName } from "./Architecture.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { choose } from "./Network.ts"

interface Smoothing {
  /** ε */
  readonly labelSmoothing: number
}

/**
 * Sets to 0 what belongs to samples that do not count, along the axis of the samples.
 *
 * Shape  x → the same
 */
export type Counted = (x: Node, axis: number) => Node

const allCount: Counted = (x) => x

export interface LossRule {
  /** L = scale(N) · Σ over samples and outputs. */
  readonly scale: (samples: number) => number
  /**
   * The sum over samples that count, and outputs.
   *
   * Shape  outputs [C, N], targets [N, C] → []
   */
  readonly total: (g: Builder, outputs: Node, targets: Node, counted: Counted, smoothing: Smoothing) => Node
}

const everything = { axes: [0, 1], keepDims: false }

const perSample = (samples: number): number => 1 / samples

/** (f − t)². */
const mse: LossRule = {
  scale: (samples) => 0.5 / samples,
  total: (g, outputs, targets, counted) => {
    const residual = counted(g.sub(outputs, g.transpose(targets)), 1) // [C, N]
    return g.sum(g.mul(residual, residual), everything)
  }
}

/** Targets away from certainty: (1 − ε) t + ε / C. */
const smoothed = (g: Builder, targets: Node, { labelSmoothing }: Smoothing): Node => {
  if (labelSmoothing === 0) return targets
  const filled = (value: number): Node => g.constant(value, targets.shape, targets.dtype)
  return g.add(g.mul(filled(1 - labelSmoothing), targets), filled(labelSmoothing / targets.shape[1]!))
}

/** −t log softmax f, of which Σ over outputs is (Σ t) log Σ e^f − Σ t f. */
const crossEntropy: LossRule = {
  scale: perSample,
  total: (g, outputs, targets, counted, smoothing) => {
    const wanted = counted(smoothed(g, targets, smoothing), 0) // [N, C]
    const mass = g.sum(wanted, { axes: [1], keepDims: false }) // [N]
    const normalizer = g.logSumExp(outputs, { axes: [0], keepDims: false }) // [N]
    const chosen = g.sum(g.mul(g.transpose(wanted), outputs), everything)
    return g.sub(g.sum(g.mul(mass, normalizer), { axes: [0], keepDims: false }), chosen)
  }
}

/** −y f, with y = 1 where the target is positive, else −1. [C, N] */
const against = (g: Builder, outputs: Node, targets: Node): Node => {
  const filled = (value: number): Node => g.constant(value, targets.shape, targets.dtype)
  const opposite = g.sub(filled(1), g.mul(filled(2), g.positive(targets))) // −y [N, C]
  return g.mul(g.transpose(opposite), outputs)
}

/** log(1 + e^−yf). */
const logistic: LossRule = {
  scale: perSample,
  total: (g, outputs, targets, counted) => g.sum(counted(g.softplus(against(g, outputs, targets)), 1), everything)
}

/** e^−yf. */
const exponential: LossRule = {
  scale: perSample,
  total: (g, outputs, targets, counted) => g.sum(counted(g.exp(against(g, outputs, targets)), 1), everything)
}

/** Every loss, by name. */
const losses: Readonly<Record<LossName, LossRule>> = { mse, crossEntropy, logistic, exponential }

export interface Objective {
  /** L = lossScale · Σ over samples and outputs, but for weight decay. */
  readonly lossScale: (samples: number) => number
  /** What those of n samples that count add to the mean over `samples` samples. Shape  outputs [C, n], targets [n, C] → [] */
  readonly ofOutputs: (g: Builder, outputs: Node, targets: Node, samples: number, counted?: Counted) => Node
  /** λ of ½ λ ‖θ‖², which is minimised besides. */
  readonly weightDecay: number
  /** The same and a share of what else is minimised: ½ λ ‖θ‖². */
  readonly ofWeights: (g: Builder, ofOutputs: Node, parameters: ReadonlyArray<Node>, share: number) => Node
}

/** ½ λ ‖θ‖². */
const decay = (g: Builder, parameters: ReadonlyArray<Node>, weightDecay: number): Node => {
  const squares = parameters.map((w) => g.sum(g.mul(w, w), { axes: w.shape.map((_, axis) => axis), keepDims: false }))
  const [first, ...others] = squares
  const total = others.reduce((sum, square) => g.add(sum, square), first!)
  return g.mul(total, g.constant(0.5 * weightDecay, [], total.dtype))
}

/**
 * What is minimised, for a number of outputs.
 *
 * Errors  UnknownChoice for a loss that does not exist; InvalidArchitecture for a term that it cannot have, or for
 *         cross-entropy of one output
 */
export const objectiveOf = (loss: Loss, outputs: number): Objective => {
  const { kind, labelSmoothing = 0, weightDecay = 0 } = typeof loss === "string" ? { kind: loss } : loss
  const rule = choose("loss", losses, kind)
  const check = (holds: boolean, field: string, expected: string, actual: number): void => {
    if (!holds) throw new InvalidArchitecture({ architecture: `the loss ${kind}`, field, expected, actual })
  }
  const isEntropy = kind === "crossEntropy"
  check(!isEntropy || outputs > 1, "the number of outputs of the data", "at least 2, one per class", outputs)
  check(isEntropy || labelSmoothing === 0, "labelSmoothing", "0: only crossEntropy has it", labelSmoothing)
  check(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing", "from 0 to below 1", labelSmoothing)
  check(weightDecay >= 0 && Number.isFinite(weightDecay), "weightDecay", "a finite number of at least 0", weightDecay)
  return {
    lossScale: rule.scale,
    ofOutputs: (g, made, targets, samples, counted = allCount) => {
      const total = rule.total(g, made, targets, counted, { labelSmoothing })
      return g.mul(total, g.constant(rule.scale(samples), [], made.dtype))
    },
    weightDecay,
    ofWeights: (g, ofOutputs, parameters, share) =>
      weightDecay === 0 ? ofOutputs : g.add(ofOutputs, decay(g, parameters, share * weightDecay))
  }
}

/**
 * What those of n samples that count add to the fraction of `samples` samples whose largest output is where the largest target
 * is. With one output there are no classes, and it is 0: not applicable.
 *
 * Shape  outputs [C, n], targets [n, C] → []
 */
export const accuracy = (g: Builder, outputs: Node, targets: Node, samples: number, counted = allCount): Node => {
  if (outputs.shape[0] === 1) return g.constant(0, [], outputs.dtype)
  const hits = g.equal(g.argMax(outputs, { axis: 0 }), g.argMax(targets, { axis: 1 })) // [N]
  return g.mul(g.sum(counted(hits, 0), { axes: [0], keepDims: false }), g.constant(1 / samples, [], outputs.dtype))
}
