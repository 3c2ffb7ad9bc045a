/**
 * Normalisations of images [N, C, H, W], with a gain and a bias per channel. Compositions: their derivatives follow.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Norm } from "./Architecture.ts"
import { checkCount, checkMultiple } from "./checks.ts"
import { perChannel, standardize } from "./layers.ts"
import { choose } from "./Network.ts"

type Kind = Norm["kind"]

interface NormRule<K extends Kind> {
  readonly standardized: (g: Builder, x: Node, norm: Extract<Norm, { readonly kind: K }>) => Node
  /** Errors  InvalidArchitecture */
  readonly check: (
    architecture: string,
    norm: Extract<Norm, { readonly kind: K }>,
    widths: ReadonlyArray<number>
  ) => void
}

const norms: { readonly [K in Kind]: NormRule<K> } = {
  group: {
    standardized: (g, x, { groups }) => {
      const [samples, channels, rows, columns] = x.shape as [number, number, number, number]
      const grouped = g.reshape(x, { shape: [samples, groups, (channels / groups) * rows * columns] })
      return g.reshape(standardize(g, grouped, [2]), { shape: x.shape })
    },
    check: (architecture, { groups }, widths) => {
      checkCount(architecture, "norm.groups", groups)
      for (const [i, width] of widths.entries())
        checkMultiple(architecture, `widths[${i}]`, width, groups, "norm.groups")
    }
  },
  batch: {
    standardized: (g, x, { samples: size }) => {
      const [samples, channels, rows, columns] = x.shape as [number, number, number, number]
      checkMultiple("batch normalisation", "the number of samples", samples, size, "norm.samples")
      const batches = g.reshape(x, { shape: [samples / size, size, channels, rows * columns] })
      return g.reshape(standardize(g, batches, [1, 3]), { shape: x.shape })
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
 * Normalised images, times gain, plus bias. [N, C, H, W] → [N, C, H, W]
 *
 * Errors  InvalidArchitecture if the samples are not whole ghost batches
 */
export const normalize = (g: Builder, norm: Norm, x: Node, gain: Node, bias: Node): Node =>
  g.add(g.mul(ruleOf(norm).standardized(g, x, norm), perChannel(g, gain, x)), perChannel(g, bias, x))
