/**
 * Fully connected networks: a = σ(W a + b) per hidden layer, then a linear layer. Parameters are those of PyTorch's
 * `nn.Linear`: `layer0.weight` [out, in], `layer0.bias` [out], `layer1.weight`, …
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { DeepLinear, Mlp } from "./Architecture.ts"
import { activations } from "./activation.ts"
import { checkCounts } from "./checks.ts"
import { affine } from "./layers.ts"
import { choose, type FirstLayer, type Network, type Sizes } from "./Network.ts"
import { type Fan, parametersOf, type Role, readerOf, type Weight } from "./parameterization.ts"

const roleOf = (layer: number, layers: number): Role =>
  layer === layers - 1 ? "output" : layer === 0 ? "input" : "hidden"

/** The fan of each layer between these sizes. */
const fansOf = (sizes: ReadonlyArray<number>): ReadonlyArray<Fan> =>
  sizes.slice(1).map((fanOut, layer) => ({ role: roleOf(layer, sizes.length - 1), fanIn: sizes[layer]!, fanOut }))

/** Inner products of samples: m² X Xᵀ for a weight with multiplier m, plus m² of a bias, for which every sample has a 1. */
const gramOf = (g: Builder, inputs: Node, weight: Weight, bias?: Weight): Node => {
  const products = g.matmul(inputs, g.transpose(inputs)) // [N, D] · [D, N] → [N, N]
  const filled = (value: number): Node => g.constant(value, products.shape, products.dtype)
  const scaled = g.mul(filled(weight.multiplier ** 2), products)
  return bias === undefined ? scaled : g.add(scaled, filled(bias.multiplier ** 2))
}

const networkOf = (weights: ReadonlyArray<Weight>, first: FirstLayer): Network => ({
  parameters: weights.map(({ spec }) => spec),
  forward: (g, values, inputs) => first.rest(g, values, first.values(g, values, inputs)),
  first
})

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
  const layer = (g: Builder, values: ReadonlyArray<Node>, index: number, a: Node): Node => {
    const read = readerOf(g, weights, values)
    return affine(g, read(`layer${index}.weight`), read(`layer${index}.bias`), a)
  }
  const first: FirstLayer = {
    name: "layer0",
    parameters: ["layer0.weight", "layer0.bias"],
    values: (g, values, inputs) => layer(g, values, 0, g.transpose(inputs)), // [H, D] · [D, N] + [H] → [H, N]
    gram: (g, inputs) => gramOf(g, inputs, weights[0]!, weights[1]!),
    rest: (g, values, z) => widths.reduce((before, _, index) => layer(g, values, index + 1, activate.of(g, before)), z)
  }
  return networkOf(weights, first)
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
  const layer = (g: Builder, values: ReadonlyArray<Node>, index: number, a: Node): Node =>
    g.matmul(readerOf(g, weights, values)(weights[index]!.spec.name), a)
  const first: FirstLayer = {
    name: "layer0",
    parameters: ["layer0.weight"],
    values: (g, values, inputs) => layer(g, values, 0, g.transpose(inputs)), // [H, D] · [D, N] → [H, N]
    gram: (g, inputs) => gramOf(g, inputs, weights[0]!),
    rest: (g, values, z) => widths.reduce((before, _, index) => layer(g, values, index + 1, before), z)
  }
  return networkOf(weights, first)
}
