/**
 * Convolutions in blocks of channels calculate what the ops of the model do, on a processor that has them. On one without, the
 * model is run as it is, and there is nothing to compare.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeGraph, nameOf } from "../../../../src/graph/Graph.ts"
import type { Architecture } from "../../../../src/models/Architecture.ts"
import { trainingGraphs } from "../../../../src/models/trainingGraphs.ts"
import { decode } from "../../../../src/onnx/decode.ts"
import { encode } from "../../../../src/onnx/encode.ts"
import { read } from "../../../../src/onnx/read.ts"
import { makeBuilder } from "../../../../src/ops/builder.ts"
import { findBlock, inBlocksOf } from "../../../../src/runtime/blocked/blocks.ts"
import { join } from "../../../../src/runtime/flat.ts"
import { openObjective } from "../../../../src/runtime/objective.ts"
import { layerOnnx } from "../../../../src/runtime/onnxruntime.ts"
import { Session } from "../../../../src/runtime/Session.ts"
import { sizeOf } from "../../../../src/tensor/Shape.ts"
import { floats, tensor } from "../../../../src/tensor/Tensor.ts"
import { initialize } from "../../../../src/train/initialize.ts"
import { distance, drawer } from "../../../support/draw.ts"

const images = { channels: 3, height: 8, width: 8 }
const cnn = { kind: "cnn", ...images, widths: [16, 32] } as const
const resnet = { kind: "resnet", ...images, widths: [16, 32], blocks: [1, 1], activation: "relu" } as const
const networks: ReadonlyArray<readonly [string, Architecture]> = [
  ["a tanh network with average pooling", { ...cnn, activation: "tanh", pooling: "average" }],
  ["a relu network with maximum pooling", { ...cnn, activation: "relu", pooling: "max" }],
  ["a network with widths that are no blocks", { ...cnn, widths: [5, 16, 24], activation: "gelu", pooling: "average" }],
  ["a residual network with groups", { ...resnet, norm: { kind: "group", groups: 4 } }],
  ["a residual network with ghost batches", { ...resnet, norm: { kind: "batch", samples: 4 } }]
]

const sizes = { train: 32, test: 4, features: 192, outputs: 3 }

const filesOf = (architecture: Architecture, batch: number | undefined) =>
  Effect.promise(async () => {
    const model = trainingGraphs({ architecture, loss: "mse", dtype: "float32", ...sizes, batch: { train: batch } })
    const files: Record<string, Uint8Array> = {}
    for (const name of ["gradient", "linearize", "multiply", "evaluateTrain", "evaluateTest"] as const)
      files[`${name}.onnx`] = await encode(model.graphs[name], model.parts[name])
    return { files, parameters: model.parameters }
  })

const calculated = Effect.fnUntraced(function* (architecture: Architecture, batch: number | undefined) {
  const { files, parameters } = yield* filesOf(architecture, batch)
  const draw = drawer(3)
  const samples = (count: number) => ({
    inputs: tensor([count, sizes.features], draw.numbers(count * sizes.features)),
    targets: tensor([count, sizes.outputs], draw.numbers(count * sizes.outputs, 0, 1))
  })
  const data = { train: samples(sizes.train), test: samples(sizes.test) }
  const objective = yield* openObjective(files, parameters, "float32", data)
  const theta = join(initialize(parameters, 1, "float32"), parameters, "float32")
  const { gradient, loss, multiply } = yield* objective.linearize(theta)
  const product = yield* multiply(draw.numbers(objective.dimension))
  const { testLoss, trainLoss } = yield* objective.evaluate(theta)
  return [Float64Array.from(gradient), Float64Array.from(product), Float64Array.of(loss, testLoss, trainLoss)]
})

describe("convolutions in blocks", () => {
  it.effect.each(networks)("give gradients and products of %s", ([, architecture]) =>
    Effect.gen(function* () {
      for (const batch of [undefined, 16, 12, 4]) {
        const [fast, plain] = [layerOnnx(), layerOnnx({ portable: true })].map((layer) =>
          calculated(architecture, batch).pipe(Effect.scoped, Effect.provide(layer))
        )
        const [actual, expected] = [yield* fast!, yield* plain!]
        for (const [i, values] of actual.entries()) assert.isBelow(distance(values, expected[i]!), 2e-5)
      }
    })
  )

  it.effect("stay in blocks from one to the next, through activations and pooling", () =>
    Effect.gen(function* () {
      const { files } = yield* filesOf({ ...cnn, activation: "relu", pooling: "average" }, undefined)
      const model = yield* Effect.promise(() => decode(files["evaluateTest.onnx"]!))
      const bytes = yield* Effect.promise(() => inBlocksOf(model, 16))
      const text = yield* Effect.promise(() => read(bytes!))
      assert.match(text, /com\.microsoft\.nchwc 1/)
      assert.lengthOf(text.match(/= Conv\(.*activation=Relu/g)!, 2)
      assert.notMatch(text, /ReorderInput/) // the images have few channels
      assert.lengthOf(text.match(/= ReorderOutput\(/g)!, 1)
    })
  )

  it.effect(
    "hold a whole gradient of a residual network: images leave them for nothing but a shortcut with a stride",
    () =>
      Effect.gen(function* () {
        const [, architecture] = networks.find(([name]) => name === "a residual network with groups")!
        const { files } = yield* filesOf(architecture, undefined)
        const model = yield* Effect.promise(() => decode(files["gradient.onnx"]!))
        const rewritten = yield* Effect.promise(async () => decode((await inBlocksOf(model, 16))!))
        const { node } = rewritten.graph!
        const ofImages = (op: string, domain = "") =>
          node.filter((each) => each.opType === op && each.domain === domain)
        const perChannel = node.filter(({ attribute }) => attribute.some(({ name, i }) => name === "group" && i > 1n))
        assert.lengthOf(ofImages("ConvTranspose"), 1, "of the shortcut with a stride")
        assert.lengthOf(
          ofImages("ReorderOutput", "com.microsoft.nchwc"),
          1 + 6,
          "what it is given, and the gradients of all kernels"
        )
        assert.isAbove(perChannel.length, 6 * 4, "four passes and more of each norm and its derivative")
        assert.isTrue(node.every(({ opType }) => !opType.startsWith("conv2dKernel")))
        assert.lengthOf(ofImages("Relu"), 0, "what makes an image applies the activation")
      })
  )

  it.effect("step over the pixels of a strided kernel of one pixel first, whichever strides it has", () =>
    Effect.gen(function* () {
      for (const [height, width, down, across] of [
        [7, 5, 3, 2],
        [8, 8, 2, 2],
        [6, 9, 1, 4]
      ] as const) {
        const g = makeBuilder()
        const pixels = [Math.ceil(height / down), Math.ceil(width / across)] as const
        const [x, ct] = [
          g.input("x", [16, 16, height, width], "float32"),
          g.input("ct", [16, 32, ...pixels], "float32")
        ]
        const options = { strides: [down, across], padding: [0, 0, 0, 0], kernel: [1, 1] }
        // Both are made by convolutions, so that they lie in blocks.
        const [w, v] = [g.input("w", [16, 16, 1, 1], "float32"), g.input("v", [32, 32, 1, 1], "float32")]
        const plain = { strides: [1, 1], padding: [0, 0, 0, 0] }
        const made = g.conv2dKernel(g.conv2d(x, w, plain), g.conv2d(ct, v, plain), options)
        const bytes = yield* Effect.promise(() => encode(makeGraph("kernel", [x, ct, w, v], { made })))
        const model = yield* Effect.promise(() => decode(bytes))
        const text = yield* Effect.promise(async () => read((await inBlocksOf(model, 16))!))
        assert.match(text, /steppedOn = Slice\(/)
        assert.notMatch(text, /= Pad\(/)
        const draw = drawer(9)
        const inputs = Object.fromEntries(
          [x, ct, w, v].map((node) => [nameOf(node), tensor(node.shape, Float32Array.from(draw.like(node, -1, 1)))])
        )
        const [actual, expected] = yield* Effect.forEach([layerOnnx(), layerOnnx({ portable: true })], (layer) =>
          Effect.gen(function* () {
            return floats((yield* (yield* (yield* Session).open(bytes, {})).run(inputs))["made"]!)
          }).pipe(Effect.scoped, Effect.provide(layer))
        )
        assert.isBelow(distance(Float64Array.from(actual!), Float64Array.from(expected!)), 1e-5)
      }
    })
  )

  it.effect("know the data of a part, and the sums of parts, as values like others", () =>
    Effect.gen(function* () {
      const g = makeBuilder()
      const options = { strides: [1, 1], padding: [1, 1, 1, 1] }
      const [x, w] = [g.data("x", [16, 3, 4, 4], "float32"), g.input("w", [16, 3, 3, 3], "float32")]
      const [z, image] = [g.input("z", [16, 16, 4, 4], "float32"), g.input("image", [16, 16, 4, 4], "float32")]
      const bent = g.tanh(g.conv2d(x, w, options))
      const part = makeGraph("part", [w], { dw: g.conv2dKernel(x, bent, { ...options, kernel: [3, 3] }), image: bent })
      const [dw, kernel] = [g.input("dw", [16, 3, 3, 3], "float32"), g.input("kernel", [16, 16, 3, 3], "float32")]
      const y = g.mul(g.tanh(g.conv2d(z, kernel, options)), image)
      const graph = makeGraph("whole", [w, z, kernel, dw, image], { y, moved: g.add(w, dw) })
      const bytes = yield* Effect.promise(() => encode(graph, { graph: part, rows: 32 }))
      const draw = drawer(5)
      const drawn = (shape: ReadonlyArray<number>) => tensor(shape, Float32Array.from(draw.numbers(sizeOf(shape))))
      const inputs = { w: drawn(w.shape), z: drawn(z.shape), kernel: drawn(kernel.shape) }
      const data = { x: drawn([32, 3, 4, 4]) }
      const [fast, plain] = [layerOnnx(), layerOnnx({ portable: true })].map((layer) =>
        Effect.gen(function* () {
          return yield* (yield* (yield* Session).open(bytes, data)).run(inputs)
        }).pipe(Effect.scoped, Effect.provide(layer))
      )
      const [actual, expected] = [yield* fast!, yield* plain!]
      for (const name of ["y", "moved"])
        assert.isBelow(
          distance(Float64Array.from(actual[name]!.data, Number), Float64Array.from(expected[name]!.data, Number)),
          2e-5
        )
    })
  )

  it.effect("are not made of float64, nor of channels that fill no block", () =>
    Effect.gen(function* () {
      const { files } = yield* filesOf({ ...cnn, widths: [6, 12], activation: "relu", pooling: "max" }, 4)
      const model = yield* Effect.promise(() => decode(files["gradient.onnx"]!))
      assert.isUndefined(yield* Effect.promise(() => inBlocksOf(model, 16)))
    })
  )

  it.effect.skipIf(process.arch !== "x64")("are found on every processor of this kind", () =>
    Effect.promise(async () => {
      const { InferenceSession, Tensor } = await import("onnxruntime-node")
      const block = await findBlock(async (bytes, inputs) => {
        const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 })
        const feeds = session.inputMetadata.map(({ name, ...type }) => {
          const shape = "shape" in type ? type.shape.map(Number) : []
          return [name, new Tensor("float32", inputs[name]!, shape)] as const
        })
        const [made] = Object.values(await session.run(Object.fromEntries(feeds)))
        await session.release()
        return made!.data as Float32Array
      })
      assert.include([16, 8], block)
    })
  )

  it.effect("are refused where they calculate something else, or do not exist", () =>
    Effect.gen(function* () {
      const answers = (later: () => Promise<Float32Array>) => {
        let asked = 0
        return () => (asked++ === 0 ? Promise.resolve(Float32Array.of(1, 2)) : later())
      }
      const find = (later: () => Promise<Float32Array>) => Effect.promise(() => findBlock(answers(later)))
      assert.isUndefined(yield* find(() => Promise.reject(new Error("no kernel"))))
      assert.isUndefined(yield* find(() => Promise.resolve(Float32Array.of(1, 2.1))))
      assert.strictEqual(yield* find(() => Promise.resolve(Float32Array.of(1, 2))), 16)
    })
  )
})
