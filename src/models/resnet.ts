/**
 * Residual networks of basic blocks. Parameters have the names and layouts of torchvision's `ResNet`: `conv1.weight`,
 * `bn1.weight`, `bn1.bias`, `layer1.0.conv1.weight`, `layer1.0.bn1.weight`, …, `layer2.0.downsample.0.weight` (the
 * convolution of a shortcut), `layer2.0.downsample.1.weight` (its norm), `fc.weight`, `fc.bias`. Norms are called `bn`
 * there whatever they are. The first convolution is 3 × 3 with stride 1, as for small images.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Resnet } from "./Architecture.ts"
import { activations } from "./activation.ts"
import { asImages, checkCounts, checkImage } from "./checks.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { affine, convolve, mean } from "./layers.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import { checkNorm, normalize } from "./norm.ts"
import { type Parameters, parametersOf, type Role, readerOf, type Weight } from "./parameterization.ts"

/** One basic block: its name, and what it does to channels and resolution. */
interface Block {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly stride: number
}

const blocksOf = ({ widths, blocks }: Resnet): ReadonlyArray<Block> =>
  widths.flatMap((to, stage) =>
    Array.from({ length: blocks[stage]! }, (_, i) => ({
      name: `layer${stage + 1}.${i}`,
      from: i > 0 || stage === 0 ? to : widths[stage - 1]!,
      to,
      stride: i === 0 && stage > 0 ? 2 : 1
    }))
  )

const isChanged = ({ from, to, stride }: Block): boolean => from !== to || stride !== 1

const kernels = (make: Parameters, name: string, from: number, to: number, side: number, role: Role): Weight =>
  make.matrix(`${name}.weight`, [to, from, side, side], { role, fanIn: from * side ** 2, fanOut: to * side ** 2 })

const normVectors = (make: Parameters, name: string, size: number): ReadonlyArray<Weight> => [
  make.vector(`${name}.weight`, size, 1),
  make.vector(`${name}.bias`, size, 0)
]

const blockWeights = (make: Parameters, block: Block): ReadonlyArray<Weight> => {
  const { name, from, to } = block
  const shortcut = isChanged(block)
    ? [kernels(make, `${name}.downsample.0`, from, to, 1, "hidden"), ...normVectors(make, `${name}.downsample.1`, to)]
    : []
  return [
    kernels(make, `${name}.conv1`, from, to, 3, "hidden"),
    ...normVectors(make, `${name}.bn1`, to),
    kernels(make, `${name}.conv2`, to, to, 3, "hidden"),
    ...normVectors(make, `${name}.bn2`, to),
    ...shortcut
  ]
}

/**
 * A residual network.
 *
 * Errors  UnknownChoice for an activation or norm that does not exist; InvalidArchitecture for sizes that do not fit
 */
export const resnet = (architecture: Resnet, { features, outputs }: Sizes): Network => {
  const { channels, widths, blocks, norm } = architecture
  checkImage("resnet", architecture, features)
  checkCounts("resnet", "widths", widths)
  checkCounts("resnet", "blocks", blocks)
  if (blocks.length !== widths.length || widths.length === 0) {
    const expected = widths.length === 0 ? "at least 1, with a width for each" : `one for each width, ${widths.length}`
    throw new InvalidArchitecture({
      architecture: "resnet",
      field: "the number of stages in `blocks`",
      expected,
      actual: blocks.length
    })
  }
  checkNorm("resnet", norm, widths)
  const activation = choose("activation", activations, architecture.activation)
  const make = parametersOf("resnet", architecture)
  const all = blocksOf(architecture)
  const last = widths.at(-1)!
  const fan = { role: "output", fanIn: last, fanOut: outputs } as const
  const weights = [
    kernels(make, "conv1", channels, widths[0]!, 3, "input"),
    ...normVectors(make, "bn1", widths[0]!),
    ...all.flatMap((block) => blockWeights(make, block)),
    make.matrix("fc.weight", [outputs, last], fan),
    make.bias("fc.bias", outputs, fan)
  ]
  return {
    parameters: weights.map(({ spec }) => spec),
    forward: (g, values, inputs) => {
      const read = readerOf(g, weights, values)
      const normed = (x: Node, name: string): Node =>
        normalize(g, norm, x, read(`${name}.weight`), read(`${name}.bias`))
      const run = (x: Node, block: Block): Node => residual(g, read, normed, activation.of, x, block)
      const first = convolve(g, read("conv1.weight"), asImages(g, inputs, architecture))
      const x = all.reduce(run, activation.of(g, normed(first, "bn1"))) // [N, last, h, w]
      const pooled = g.reshape(mean(g, x, [2, 3]), { shape: [x.shape[0]!, last] })
      return affine(g, read("fc.weight"), read("fc.bias"), g.transpose(pooled)) // [C, last] · [last, N]
    }
  }
}

/** σ(norm(conv(σ(norm(conv(x))))) + shortcut(x)). [N, from, H, W] → [N, to, H/stride, W/stride] */
const residual = (
  g: Builder,
  read: (name: string) => Node,
  normed: (x: Node, name: string) => Node,
  activate: (g: Builder, z: Node) => Node,
  x: Node,
  block: Block
): Node => {
  const { name, stride } = block
  const inner = activate(g, normed(convolve(g, read(`${name}.conv1.weight`), x, stride), `${name}.bn1`))
  const outer = normed(convolve(g, read(`${name}.conv2.weight`), inner), `${name}.bn2`)
  const shortcut = isChanged(block)
    ? normed(convolve(g, read(`${name}.downsample.0.weight`), x, stride), `${name}.downsample.1`)
    : x
  return activate(g, g.add(outer, shortcut))
}
