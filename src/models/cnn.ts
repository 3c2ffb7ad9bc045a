/**
 * Convolutional networks after Cohen et al.: convolution, activation, pooling, as often as there are widths, then a linear
 * layer. Parameters are those of PyTorch's `nn.Conv2d` and `nn.Linear`, in the order of the layers: `conv0.weight`
 * [out, in, 3, 3], `conv0.bias` [out], …, `linear.weight` [C, channels · rows · columns], `linear.bias`. In an
 * `nn.Sequential` of convolution, activation, pooling they are called `0`, `3`, `6`, …
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Cnn } from "./Architecture.ts"
import { type ActivationRule, activations } from "./activation.ts"
import { asImages, checkCount, checkCounts, checkImage } from "./checks.ts"
import { affine, convolve, perChannel } from "./layers.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import { type Fan, parametersOf, readerOf } from "./parameterization.ts"

const window = { size: [2, 2] }
const side = 3

type Pooling = Cnn["pooling"]

/** The image without a last odd row or column, which PyTorch's pooling leaves out as well. */
const evened = (g: Builder, x: Node): Node => {
  const ends = x.shape.slice(2).map((size) => size - (size % 2))
  return g.slice(x, { axes: [2, 3], starts: [0, 0], ends, steps: [1, 1] })
}

/** Activation, then pooling. A monotone activation commutes with the largest: pooling first leaves it a quarter of the work. */
const poolings: Readonly<Record<Pooling, (g: Builder, z: Node, activation: ActivationRule) => Node>> = {
  average: (g, z, { of }) => g.avgPool2d(of(g, z), window),
  max: (g, z, { of, isMonotone }) => (isMonotone ? of(g, g.maxPool2d(z, window)) : g.maxPool2d(of(g, z), window))
}

/**
 * A convolutional network.
 *
 * Errors  UnknownChoice for an activation or a pooling that does not exist; InvalidArchitecture for a width below 1, an image
 *         that is not the data's, or one that is pooled away
 */
export const cnn = (architecture: Cnn, { features, outputs }: Sizes): Network => {
  const { channels, height, width, widths } = architecture
  checkImage("cnn", architecture, features)
  checkCounts("cnn", "widths", widths)
  const activation = choose("activation", activations, architecture.activation)
  const pool = choose("pooling", poolings, architecture.pooling)
  const shrunk = (size: number): number => widths.reduce((rest) => Math.floor(rest / 2), size)
  checkCount("cnn", "the height after pooling", shrunk(height))
  checkCount("cnn", "the width after pooling", shrunk(width))

  const make = parametersOf("cnn", architecture)
  const depths = [channels, ...widths]
  const convolutions = widths.flatMap((fanOut, layer) => {
    const role = layer === 0 ? "input" : "hidden"
    const fan: Fan = { role, fanIn: depths[layer]! * side ** 2, fanOut: fanOut * side ** 2 }
    return [
      make.matrix(`conv${layer}.weight`, [fanOut, depths[layer]!, side, side], fan),
      make.bias(`conv${layer}.bias`, fanOut, fan)
    ]
  })
  const inner = depths.at(-1)! * shrunk(height) * shrunk(width)
  const fan: Fan = { role: "output", fanIn: inner, fanOut: outputs }
  const weights = [
    ...convolutions,
    make.matrix("linear.weight", [outputs, inner], fan),
    make.bias("linear.bias", outputs, fan)
  ]
  return {
    parameters: weights.map(({ spec }) => spec),
    forward: (g, values, inputs) => {
      const read = readerOf(g, weights, values)
      let x = asImages(g, inputs, architecture)
      for (let layer = 0; layer < widths.length; layer++) {
        const product = convolve(g, read(`conv${layer}.weight`), x) // [N, in, H, W] → [N, out, H, W]
        const z = g.add(product, perChannel(g, read(`conv${layer}.bias`), product))
        x = pool(g, evened(g, z), activation) // → [N, out, H/2, W/2]
      }
      const flat = g.reshape(x, { shape: [x.shape[0]!, inner] })
      return affine(g, read("linear.weight"), read("linear.bias"), g.transpose(flat)) // [C, inner] · [inner, N]
    }
  }
}
