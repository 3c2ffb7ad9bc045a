/**
 * Losses and accuracy of outputs [C, N] against targets [N, C]. The one place where the loss is normalised.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Loss } from "./Architecture.ts"

export interface LossRule {
  /** L = scale(N) · Σ over samples and outputs. */
  readonly scale: (samples: number) => number
  /** Shape  outputs [C, N], targets [N, C] → [] */
  readonly of: (g: Builder, outputs: Node, targets: Node) => Node
}

/** ½ Σ over outputs of (f − t)², mean over samples. */
const mse: LossRule = {
  scale: (samples) => 0.5 / samples,
  of: (g, outputs, targets) => {
    const residual = g.sub(outputs, g.transpose(targets)) // [C, N]
    const total = g.sum(g.mul(residual, residual), { axes: [0, 1], keepDims: false })
    return g.mul(total, g.constant(mse.scale(outputs.shape[1]!), [], outputs.dtype))
  }
}

/** Every loss, by name. */
export const losses: Readonly<Record<Loss, LossRule>> = { mse }

/**
 * The fraction of samples whose largest output is where the largest target is. With one output there are no classes, and
 * it is 0: not applicable.
 *
 * Shape  outputs [C, N], targets [N, C] → []
 */
export const accuracy = (g: Builder, outputs: Node, targets: Node): Node => {
  const [classes, samples] = [outputs.shape[0]!, outputs.shape[1]!]
  if (classes === 1) return g.constant(0, [], outputs.dtype)
  const hits = g.equal(g.argMax(outputs, { axis: 0 }), g.argMax(targets, { axis: 1 })) // [N]
  return g.mul(g.sum(hits, { axes: [0], keepDims: false }), g.constant(1 / samples, [], outputs.dtype))
}
