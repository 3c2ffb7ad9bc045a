/**
 * Normalisations of images [N, C, H, W], with a gain and a bias per channel. Compositions: their derivatives follow.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Shape } from "../tensor/Shape.ts"
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

/** The mean over an axis of values in another shape, for each of them. */
const meanOver = (g: Builder, values: Node, shape: Shape, axis: number): Node => {
  const means = mean(g, g.reshape(values, { shape }), [axis])
  return g.reshape(g.expand(means, { shape }), { shape: values.shape })
}

const norms: { readonly [K in Kind]: NormRule<K> } = {
  group: {
    shared: (g, means, { groups }) => {
      const [samples, channels] = means.shape as [number, number]
      return meanOver(g, means, [samples, groups, channels / groups], 2)
    },
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
      return meanOver(g, means, [samples / size, size, channels], 1)
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
