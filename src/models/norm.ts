/**
 * Normalisations of images [N, C, H, W], with a gain and a bias per channel. Compositions: their derivatives follow.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { DType } from "../tensor/DType.ts"
import type { Norm } from "./Architecture.ts"
import { checkCount, checkMultiple } from "./checks.ts"
import { mean, momentsOf, perChannel } from "./layers.ts"
import { choose } from "./Network.ts"

type Kind = Norm["kind"]

interface NormRule<K extends Kind> {
  /** For every channel of every sample the mean of what is normalised with it, from the means of their positions. [N, C] → [N, C] */
  readonly shared: (g: Builder, means: Node, norm: Extract<Norm, { readonly kind: K }>) => Node
  /** Errors  InvalidArchitecture */
  readonly check: (
    architecture: string,
    norm: Extract<Norm, { readonly kind: K }>,
    widths: ReadonlyArray<number>
  ) => void
}

/** What each channel adds to the mean of another's group: 1 over its size, or nothing. [C, C] */
const sharing = (g: Builder, channels: number, groups: number, dtype: DType): Node => {
  const size = channels / groups
  const between = Array.from({ length: groups ** 2 }, (_, i) => (i % (groups + 1) === 0 ? 1 / size : 0))
  const blocks = g.expand(g.constant(between, [groups, 1, groups, 1], dtype), { shape: [groups, size, groups, size] })
  return g.reshape(blocks, { shape: [channels, channels] })
}

const norms: { readonly [K in Kind]: NormRule<K> } = {
  group: {
    // Faster than sums over short rows: with so few numbers the time is in how many nodes there are.
    shared: (g, means, { groups }) => g.matmul(means, sharing(g, means.shape[1]!, groups, means.dtype)), // [N, C] · [C, C]
    check: (architecture, { groups }, widths) => {
      checkCount(architecture, "norm.groups", groups)
      for (const [i, width] of widths.entries())
        checkMultiple(architecture, `widths[${i}]`, width, groups, "norm.groups")
    }
  },
  batch: {
    shared: (g, means, { samples: size }) => {
      const [samples, channels] = means.shape as [number, number]
      checkMultiple("batch normalisation", "the number of samples", samples, size, "norm.samples")
      const shape = [samples / size, size, channels]
      const shared = mean(g, g.reshape(means, { shape }), [1])
      return g.reshape(g.expand(shared, { shape }), { shape: means.shape })
    },
    check: (architecture, { samples }) => checkCount(architecture, "norm.samples", samples, 2)
  }
}

const ruleOf = (norm: Norm): NormRule<Kind> => choose("norm", norms, norm.kind) as NormRule<Kind>

/**
 * Checks that a norm fits layers of these widths.
 *
 * Errors  UnknownChoice, InvalidArchitecture
 */
export const checkNorm = (architecture: string, norm: Norm, widths: ReadonlyArray<number>): void =>
  ruleOf(norm).check(architecture, norm, widths)

/**
 * Normalised images, times gain, plus bias. Means are made in each channel first, and shared as numbers: over the images go
 * passes with numbers for each channel alone. The gain is taken into the factor of the normalisation. [N, C, H, W] → [N, C, H, W]
 *
 * Errors  InvalidArchitecture if the samples are not whole ghost batches
 */
export const normalize = (g: Builder, norm: Norm, x: Node, gain: Node, bias: Node): Node => {
  const [samples, channels] = x.shape as [number, number]
  const shape = [samples, channels, 1, 1]
  const average = (values: Node): Node => {
    const means = g.reshape(mean(g, values, [2, 3]), { shape: [samples, channels] })
    return g.reshape(ruleOf(norm).shared(g, means, norm), { shape })
  }
  const { centered, inverse } = momentsOf(g, x, average)
  const factor = g.mul(inverse, g.expand(g.reshape(gain, { shape: [channels, 1, 1] }), { shape })) // [N, C, 1, 1]
  return g.add(g.mul(centered, g.expand(factor, { shape: x.shape })), perChannel(g, bias, x))
}
