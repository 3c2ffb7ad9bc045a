/**
 * The products of matrices in a step of gradient descent, and nothing else: what a step would cost if all the rest were free.
 * Layouts and operands are those of the step of a fully connected network: data on the right, the update W + g aᵀ in one pass.
 */
import { type Graph, makeGraph } from "../src/graph/Graph.ts"
import { makeBuilder } from "../src/ops/builder.ts"

export interface GemmSizes {
  readonly samples: number // N
  readonly features: number // D
  readonly widths: ReadonlyArray<number>
  readonly outputs: number // C
}

/** The names of the weights. */
export const gemmWeights = ({ widths }: GemmSizes): ReadonlyArray<string> =>
  [...widths, 0].map((_, layer) => `layer${layer}.weight`)

/** W → W.next: 3 L − 1 products for L layers. */
export const gemmGraph = (sizes: GemmSizes): Graph => {
  const { samples, features, widths, outputs } = sizes
  const g = makeBuilder()
  const between = [features, ...widths, outputs]
  const names = gemmWeights(sizes)
  const weights = names.map((name, layer) => g.input(name, [between[layer + 1]!, between[layer]!], "float32"))
  const inputs = g.data("inputs", [samples, features], "float32")
  const activations = [g.transpose(inputs)] // [D, N]
  for (const [layer, weight] of weights.entries()) activations.push(g.matmul(weight, activations[layer]!)) // [out, N]
  let signal = activations.at(-1)!
  const next: Record<string, typeof signal> = {}
  for (let layer = weights.length - 1; layer >= 0; layer--) {
    const before = layer === 0 ? inputs : g.transpose(activations[layer]!)
    next[`${names[layer]}.next`] = g.add(weights[layer]!, g.matmul(signal, before)) // [out, N] · [N, in] → [out, in]
    if (layer > 0) signal = g.matmul(g.transpose(weights[layer]!), signal) // [in, out] · [out, N] → [in, N]
  }
  return makeGraph("gemms", weights, next)
}
