/**
 * Normalisations of images [N, C, H, W], with a gain and a bias per channel. Compositions: their derivatives follow.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Norm } from "./Architecture.ts"
import { checkCount, checkMultiple } from "./checks.ts"
import { momentsOf, perChannel } from "./layers.ts"
import { choose } from "./Network.ts"

type Kind = Norm["kind"]

/** What is normalised, in the shape of the images, and by which factor of every sample and channel. */
interface Normalized {
  /** [N, C, H, W] */
  readonly centered: Node
  /** [N, C] */
  readonly inverse: Node
}

interface NormRule<K extends Kind> {
  readonly normalized: (g: Builder, x: Node, norm: Extract<Norm, { readonly kind: K }>) => Normalized
  /** Errors  InvalidArchitecture */
  readonly check: (
    architecture: string,
    norm: Extract<Norm, { readonly kind: K }>,
    widths: ReadonlyArray<number>
  ) => void
}

const norms: { readonly [K in Kind]: NormRule<K> } = {
  group: {
    normalized: (g, x, { groups }) => {
      const [samples, channels, rows, columns] = x.shape as [number, number, number, number]
      const size = channels / groups
      const grouped = g.reshape(x, { shape: [samples, groups, size * rows * columns] })
      const { centered, inverse } = momentsOf(g, grouped, [[2]])
      return {
        centered: g.reshape(centered, { shape: x.shape }),
        inverse: g.reshape(g.expand(inverse, { shape: [samples, groups, size] }), { shape: [samples, channels] })
      }
    },
    check: (architecture, { groups }, widths) => {
      checkCount(architecture, "norm.groups", groups)
      for (const [i, width] of widths.entries())
        checkMultiple(architecture, `widths[${i}]`, width, groups, "norm.groups")
    }
  },
  batch: {
    normalized: (g, x, { samples: size }) => {
      const [samples, channels, rows, columns] = x.shape as [number, number, number, number]
      checkMultiple("batch normalisation", "the number of samples", samples, size, "norm.samples")
      const batches = g.reshape(x, { shape: [samples / size, size, channels, rows * columns] })
      const { centered, inverse } = momentsOf(g, batches, [[3], [1]])
      const perSample = g.expand(inverse, { shape: [samples / size, size, channels, 1] })
      return {
        centered: g.reshape(centered, { shape: x.shape }),
        inverse: g.reshape(perSample, { shape: [samples, channels] })
      }
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
 * Normalised images, times gain, plus bias. The gain is taken into the factor of the normalisation, which has no rows and
 * columns: one pass over the images for both. [N, C, H, W] → [N, C, H, W]
 *
 * Errors  InvalidArchitecture if the samples are not whole ghost batches
 */
export const normalize = (g: Builder, norm: Norm, x: Node, gain: Node, bias: Node): Node => {
  const { centered, inverse } = ruleOf(norm).normalized(g, x, norm)
  const factor = g.mul(inverse, g.expand(gain, { shape: inverse.shape })) // [N, C]
  const everywhere = g.expand(g.reshape(factor, { shape: [...factor.shape, 1, 1] }), { shape: x.shape })
  return g.add(g.mul(centered, everywhere), perChannel(g, bias, x))
}
