/**
 * Fully connected networks: a = σ(W a + b) per hidden layer, then a linear layer. Names, layout and initialisation of the
 * parameters are those of PyTorch's `nn.Linear`.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Mlp } from "./Architecture.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"

const activations: Readonly<Record<Mlp["activation"], (g: Builder, z: Node) => Node>> = {
  tanh: (g, z) => g.tanh(z),
  relu: (g, z) => g.relu(z)
}

/** Weight [out, in] and bias [out] of a layer, uniform on ±1/√in. Source: pytorch.org/docs nn.Linear */
const layerParameters = (layer: number, fanIn: number, fanOut: number): ReadonlyArray<ParameterSpec> => {
  const initial = { kind: "uniform", bound: 1 / Math.sqrt(fanIn) } as const
  return [
    { name: `layer${layer}.weight`, shape: [fanOut, fanIn], initial },
    { name: `layer${layer}.bias`, shape: [fanOut], initial }
  ]
}

/** W a + b for every sample. [out, in] · [in, N] + [out] → [out, N] */
const affine = (g: Builder, weight: Node, bias: Node, a: Node): Node => {
  const product = g.matmul(weight, a)
  const column = g.reshape(bias, { shape: [bias.shape[0]!, 1] })
  return g.add(product, g.expand(column, { shape: product.shape }))
}

/**
 * A fully connected network.
 *
 * Errors  UnknownChoice for an activation that does not exist, InvalidArchitecture for a width below 1
 */
export const mlp = ({ widths, activation }: Mlp, { features, outputs }: Sizes): Network => {
  widths.forEach((width, i) => {
    if (!Number.isInteger(width) || width < 1) {
      const expected = "a whole number of at least 1"
      throw new InvalidArchitecture({ architecture: "mlp", field: `widths[${i}]`, expected, actual: width })
    }
  })
  const activate = choose("activation", activations, activation)
  const sizes = [features, ...widths, outputs]
  return {
    parameters: sizes.slice(1).flatMap((fanOut, layer) => layerParameters(layer, sizes[layer]!, fanOut)),
    forward: (g, parameters, inputs) => {
      let a = g.transpose(inputs) // [N, D] → [D, N]
      for (let layer = 0; layer <= widths.length; layer++) {
        const z = affine(g, parameters[2 * layer]!, parameters[2 * layer + 1]!, a)
        a = layer < widths.length ? activate(g, z) : z
      }
      return a
    }
  }
}
