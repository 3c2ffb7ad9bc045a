import { describe, expect, it } from "vitest"
import type { Cnn, Resnet, Vit } from "../../../src/models/Architecture.ts"
import { cnn } from "../../../src/models/cnn.ts"
import { InvalidArchitecture } from "../../../src/models/Errors.ts"
import type { Network } from "../../../src/models/Network.ts"
import { resnet } from "../../../src/models/resnet.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { vit } from "../../../src/models/vit.ts"
import { sizeOf } from "../../../src/tensor/Shape.ts"

describe("image networks", () => {
  const image = { channels: 3, height: 8, width: 8 }
  const data = { features: 192, outputs: 10 }
  const small: Cnn = { kind: "cnn", ...image, widths: [4, 5], activation: "relu", pooling: "max" }
  const residual: Resnet = {
    kind: "resnet",
    ...image,
    widths: [4, 8],
    blocks: [1, 1],
    activation: "relu",
    norm: { kind: "group", groups: 2 }
  }
  const transformer: Vit = {
    kind: "vit",
    ...image,
    patch: 4,
    dimension: 6,
    depth: 1,
    heads: 2,
    hidden: 7,
    activation: "gelu"
  }
  const shapes = (network: Network) => Object.fromEntries(network.parameters.map(({ name, shape }) => [name, shape]))

  it("a cnn has the layouts of nn.Conv2d and nn.Linear", () => {
    expect(shapes(cnn(small, data))).toEqual({
      "conv0.weight": [4, 3, 3, 3],
      "conv0.bias": [4],
      "conv1.weight": [5, 4, 3, 3],
      "conv1.bias": [5],
      "linear.weight": [10, 5 * 2 * 2],
      "linear.bias": [10]
    })
  })

  it("Cohen et al.'s cnn on CIFAR-10 has 30,634 parameters", () => {
    const cohen: Cnn = { ...small, height: 32, width: 32, widths: [32, 32] }
    const sizes = cnn(cohen, { features: 3072, outputs: 10 }).parameters.map(({ shape }) => sizeOf(shape))
    expect(sizes.reduce((sum, size) => sum + size)).toBe(30_634)
  })

  it("a resnet has a shortcut of its own only where a block changes width or resolution", () => {
    const names = Object.keys(shapes(resnet(residual, data)))
    expect(names.filter((name) => name.includes("downsample"))).toEqual([
      "layer2.0.downsample.0.weight",
      "layer2.0.downsample.1.weight",
      "layer2.0.downsample.1.bias"
    ])
    expect(shapes(resnet(residual, data))["layer2.0.conv1.weight"]).toEqual([8, 4, 3, 3])
  })

  it("a vit has the layouts of nn.TransformerEncoderLayer", () => {
    expect(shapes(vit(transformer, data))).toMatchObject({
      "embedding.weight": [6, 3, 4, 4],
      position: [4, 6],
      "layers.0.self_attn.in_proj_weight": [18, 6],
      "layers.0.self_attn.out_proj.bias": [6],
      "layers.0.linear1.weight": [7, 6],
      "layers.0.norm2.bias": [6],
      "head.weight": [10, 6]
    })
  })

  const refused: ReadonlyArray<readonly [string, () => Network, string]> = [
    [
      "an image that is not the data's",
      () => cnn({ ...small, channels: 1 }, data),
      "expected channels × height × width = 1 × 8 × 8 = 64"
    ],
    [
      "an image that is pooled away",
      () => cnn({ ...small, widths: [1, 1, 1, 1] }, data),
      "cnn: the height after pooling is 0"
    ],
    ["no width", () => cnn({ ...small, widths: [0] }, data), "cnn: widths[0] is 0"],
    [
      "stages without blocks",
      () => resnet({ ...residual, blocks: [1] }, data),
      "the number of stages in `blocks` is 1, expected one for each width, 2"
    ],
    [
      "no stages",
      () => resnet({ ...residual, widths: [], blocks: [] }, data),
      "expected at least 1, with a width for each"
    ],
    [
      "groups that do not divide the channels",
      () => resnet({ ...residual, norm: { kind: "group", groups: 3 } }, data),
      "resnet: widths[0] is 4, expected a multiple of norm.groups, 3"
    ],
    [
      "a ghost batch of one",
      () => resnet({ ...residual, norm: { kind: "batch", samples: 1 } }, data),
      "norm.samples is 1, expected a whole number of at least 2"
    ],
    [
      "patches that do not tile the image",
      () => vit({ ...transformer, patch: 3 }, data),
      "vit: height is 8, expected a multiple of patch, 3"
    ],
    [
      "heads that do not divide a token",
      () => vit({ ...transformer, heads: 4 }, data),
      "vit: dimension is 6, expected a multiple of heads, 4"
    ],
    ["a scale of 0", () => vit({ ...transformer, scale: 0 }, data), "vit: scale is 0"]
  ]
  it.each(refused)("refuse %s", (_, make, message) => {
    expect(make).toThrow(InvalidArchitecture)
    expect(make).toThrow(message)
  })

  it("refuse names that do not exist, and list those that do", () => {
    expect(() => cnn({ ...small, pooling: "median" as never }, data)).toThrow(
      'There is no pooling "median". Known: average, max.'
    )
    expect(() => resnet({ ...residual, norm: { kind: "layer" } as never }, data)).toThrow(
      'There is no norm "layer". Known: group, batch.'
    )
    expect(() => cnn({ ...small, parameterization: "kaiming" as never }, data)).toThrow(
      'There is no parameterization "kaiming". Known: pytorch, he, xavier, lecun, ntk, mup.'
    )
  })

  it("refuse samples that are not whole ghost batches", () => {
    const norm = { kind: "batch", samples: 3 } as const
    const build = () =>
      trainingGraphs({ architecture: { ...residual, norm }, loss: "mse", dtype: "float32", train: 6, test: 4, ...data })
    expect(build).toThrow("batch normalisation: the number of samples is 4, expected a multiple of norm.samples, 3")
  })
})
