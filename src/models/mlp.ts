/**
 * Fully connected networks: a = σ(W a + b) per hidden layer, then a linear layer. Parameters are those of PyTorch's
 * `nn.Linear`: `layer0.weight` [out, in], `layer0.bias` [out], `layer1.weight`, …
 */

import type { DeepLinear, Mlp } from "./Architecture.ts"
import { activations } from "./activation.ts"
import { checkCounts } from "./checks.ts"
import { affine } from "./layers.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import { type Fan, parametersOf, type Role, readerOf } from "./parameterization.ts"

const roleOf = (layer: number, layers: number): Role =>
  layer === layers - 1 ? "output" : layer === 0 ? "input" : "hidden"

/** The fan of each layer between these sizes. */
const fansOf = (sizes: ReadonlyArray<number>): ReadonlyArray<Fan> =>
  sizes.slice(1).map((fanOut, layer) => ({ role: roleOf(layer, sizes.length - 1), fanIn: sizes[layer]!, fanOut }))

/**
 * A fully connected network.
 *
 * Errors  UnknownChoice for an activation that does not exist, InvalidArchitecture for a width below 1
 */
export const mlp = (architecture: Mlp, { features, outputs }: Sizes): Network => {
  const { widths, activation } = architecture
  checkCounts("mlp", "widths", widths)
  const activate = choose("activation", activations, activation)
  const make = parametersOf("mlp", architecture)
  const weights = fansOf([features, ...widths, outputs]).flatMap((fan, layer) => [
    make.matrix(`layer${layer}.weight`, [fan.fanOut, fan.fanIn], fan),
    make.bias(`layer${layer}.bias`, fan.fanOut, fan)
  ])
  return {
    parameters: weights.map(({ spec }) => spec),
    forward: (g, values, inputs) => {
      const read = readerOf(g, weights, values)
      let a = g.transpose(inputs) // [N, D] → [D, N]
      for (let layer = 0; layer <= widths.length; layer++) {
        const z = affine(g, read(`layer${layer}.weight`), read(`layer${layer}.bias`), a)
        a = layer < widths.length ? activate.of(g, z) : z
      }
      return a
    }
  }
}

/**
 * A product of matrices, without bias: `layer0.weight` [out, in], …
 *
 * Errors  InvalidArchitecture for a width below 1
 */
export const deepLinear = (architecture: DeepLinear, { features, outputs }: Sizes): Network => {
  const { widths } = architecture
  checkCounts("deepLinear", "widths", widths)
  const make = parametersOf("deepLinear", architecture)
  const weights = fansOf([features, ...widths, outputs]).map((fan, layer) =>
    make.matrix(`layer${layer}.weight`, [fan.fanOut, fan.fanIn], fan)
  )
  return {
    parameters: weights.map(({ spec }) => spec),
    forward: (g, values, inputs) => {
      const read = readerOf(g, weights, values)
      return weights.reduce((a, { spec }) => g.matmul(read(spec.name), a), g.transpose(inputs)) // [D, N] → … → [C, N]
    }
  }
}
