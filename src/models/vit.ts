/**
 * Vision transformers. Parameters have the names and layouts of PyTorch: `embedding.weight` [d, channels, patch, patch] and
 * `embedding.bias` as `nn.Conv2d`, `position` [tokens, d]; of each block those of `nn.TransformerEncoderLayer` with
 * `norm_first`: `layers.0.self_attn.in_proj_weight` [3d, d], `layers.0.linear1.weight`, `layers.0.norm1.weight`, …;
 * `norm.weight`, `norm.bias` of the last `nn.LayerNorm`; `head.weight` [C, d], `head.bias`. Tokens are rows [N · T, d].
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Vit } from "./Architecture.ts"
import { activations } from "./activation.ts"
import { asImages, checkCount, checkImage, checkMultiple } from "./checks.ts"
import { affine, affineRows, mean, momentsOf } from "./layers.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import { type Fan, type Parameters, parametersOf, readerOf, type Weight } from "./parameterization.ts"

/** Deviation of the learned positions at the start, as in the common implementations of vision transformers. */
const positionDeviation = 0.02

const layerNormVectors = (make: Parameters, name: string, size: number): ReadonlyArray<Weight> => [
  make.vector(`${name}.weight`, size, 1),
  make.vector(`${name}.bias`, size, 0)
]

const linear = (make: Parameters, name: string, fanIn: number, fanOut: number): ReadonlyArray<Weight> => {
  const fan: Fan = { role: "hidden", fanIn, fanOut }
  return [make.matrix(`${name}.weight`, [fanOut, fanIn], fan), make.bias(`${name}.bias`, fanOut, fan)]
}

/**
 * In the order of PyTorch's module. Its attention starts with biases of 0, and the three projections as one matrix of
 * Xavier's uniform distribution: ±√(6 / (d + 3d)).
 */
const blockWeights = (make: Parameters, name: string, { dimension: d, hidden }: Vit): ReadonlyArray<Weight> => [
  make.matrix(`${name}.self_attn.in_proj_weight`, [3 * d, d], {
    role: "hidden",
    fanIn: d,
    fanOut: d,
    bound: Math.sqrt(1.5 / d)
  }),
  make.vector(`${name}.self_attn.in_proj_bias`, 3 * d, 0),
  make.matrix(`${name}.self_attn.out_proj.weight`, [d, d], { role: "hidden", fanIn: d, fanOut: d }),
  make.vector(`${name}.self_attn.out_proj.bias`, d, 0),
  ...linear(make, `${name}.linear1`, d, hidden),
  ...linear(make, `${name}.linear2`, hidden, d),
  ...layerNormVectors(make, `${name}.norm1`, d),
  ...layerNormVectors(make, `${name}.norm2`, d)
]

/** The patches of images, as rows of the kernels of a convolution. [N, C, H, W] → [N · T, C · p · p] */
const patchesOf = (g: Builder, x: Node, patch: number): Node => {
  const [samples, channels, height, width] = x.shape as [number, number, number, number]
  const [rows, columns] = [height / patch, width / patch]
  const tiled = g.reshape(x, { shape: [samples, channels, rows, patch, columns, patch] })
  const ordered = g.permute(tiled, { order: [0, 2, 4, 1, 3, 5] }) // [N, rows, columns, C, p, p]
  return g.reshape(ordered, { shape: [samples * rows * columns, channels * patch * patch] })
}

const layerNorm = (g: Builder, read: (name: string) => Node, name: string, x: Node): Node => {
  const like = (value: Node): Node => g.expand(value, { shape: x.shape })
  const { centered, inverse } = momentsOf(g, x, (values) => mean(g, values, [1]))
  const standard = g.mul(centered, like(inverse))
  return g.add(g.mul(standard, like(read(`${name}.weight`))), like(read(`${name}.bias`)))
}

interface Attention {
  readonly tokens: number // T
  readonly heads: number // h
  /** Logits are multiplied by this. */
  readonly scale: number
}

/** softmax(q kᵀ scale) v for every sample and head, then a linear layer. [N · T, d] → [N · T, d] */
const attend = (
  g: Builder,
  read: (name: string) => Node,
  name: string,
  x: Node,
  { tokens, heads, scale }: Attention
): Node => {
  const [rows, d] = x.shape as [number, number]
  const [samples, size] = [rows / tokens, d / heads]
  const projected = affineRows(g, read(`${name}.in_proj_weight`), read(`${name}.in_proj_bias`), x) // [N·T, 3d]
  const split = g.reshape(projected, { shape: [samples, tokens, 3, heads, size] })
  const ordered = g.permute(split, { order: [2, 0, 3, 1, 4] }) // [3, N, h, T, d/h]
  const part = (index: number): Node =>
    g.reshape(g.slice(ordered, { axes: [0], starts: [index], ends: [index + 1], steps: [1] }), {
      shape: [samples, heads, tokens, size]
    })
  const [q, k, v] = [part(0), part(1), part(2)]
  const logits = g.matmul(g.mul(g.constant(scale, q.shape, q.dtype), q), g.transpose(k)) // [N, h, T, T]
  const mixed = g.matmul(g.softmax(logits, { axis: 3 }), v) // [N, h, T, d/h]
  const joined = g.reshape(g.permute(mixed, { order: [0, 2, 1, 3] }), { shape: [rows, d] })
  return affineRows(g, read(`${name}.out_proj.weight`), read(`${name}.out_proj.bias`), joined)
}

/**
 * A vision transformer.
 *
 * Errors  UnknownChoice for an activation that does not exist; InvalidArchitecture for sizes that do not fit
 */
export const vit = (architecture: Vit, { features, outputs }: Sizes): Network => {
  const { channels, height, width, patch, dimension: d, depth, heads } = architecture
  checkImage("vit", architecture, features)
  for (const field of ["patch", "dimension", "depth", "heads", "hidden"] as const)
    checkCount("vit", field, architecture[field])
  checkMultiple("vit", "height", height, patch, "patch")
  checkMultiple("vit", "width", width, patch, "patch")
  checkMultiple("vit", "dimension", d, heads, "heads")
  const activation = choose("activation", activations, architecture.activation)
  const tokens = (height / patch) * (width / patch)
  const inner = channels * patch ** 2

  const make = parametersOf("vit", architecture)
  const blocks = Array.from({ length: depth }, (_, i) => `layers.${i}`)
  const embedding: Fan = { role: "input", fanIn: inner, fanOut: d }
  const head: Fan = { role: "output", fanIn: d, fanOut: outputs }
  const weights = [
    make.matrix("embedding.weight", [d, channels, patch, patch], embedding),
    make.bias("embedding.bias", d, embedding),
    make.embedding("position", [tokens, d], positionDeviation),
    ...blocks.flatMap((name) => blockWeights(make, name, architecture)),
    ...layerNormVectors(make, "norm", d),
    make.matrix("head.weight", [outputs, d], head),
    make.bias("head.bias", outputs, head)
  ]
  const attention: Attention = { tokens, heads, scale: make.attentionScale(d / heads) }

  return {
    parameters: weights.map(({ spec }) => spec),
    forward: (g, values, inputs) => {
      const read = readerOf(g, weights, values)
      const linearRows = (name: string, x: Node): Node => affineRows(g, read(`${name}.weight`), read(`${name}.bias`), x)
      const samples = inputs.shape[0]!
      const matrix = g.reshape(read("embedding.weight"), { shape: [d, inner] })
      const patches = patchesOf(g, asImages(g, inputs, architecture), patch)
      const embedded = affineRows(g, matrix, read("embedding.bias"), patches) // [N·T, d]
      const positions = g.reshape(g.expand(read("position"), { shape: [samples, tokens, d] }), {
        shape: embedded.shape
      })
      const run = (x: Node, name: string): Node => {
        const attended = g.add(
          x,
          attend(g, read, `${name}.self_attn`, layerNorm(g, read, `${name}.norm1`, x), attention)
        )
        const normed = layerNorm(g, read, `${name}.norm2`, attended)
        return g.add(attended, linearRows(`${name}.linear2`, activation.of(g, linearRows(`${name}.linear1`, normed))))
      }
      const x = layerNorm(g, read, "norm", blocks.reduce(run, g.add(embedded, positions)))
      const pooled = mean(g, g.reshape(x, { shape: [samples, tokens, d] }), [1])
      return affine(g, read("head.weight"), read("head.bias"), g.transpose(g.reshape(pooled, { shape: [samples, d] })))
    }
  }
}
