/**
 * Random graphs of images calculate the same in blocks of channels as they are written: what is taken into a convolution, put
 * off, cut into blocks of samples or left as it is changes nothing but rounding. On a processor without such blocks there is
 * nothing to compare.
 */
import * as Effect from "effect/Effect"
import { assert, beforeAll, describe, it } from "vitest"
import { type Graph, makeGraph, nameOf } from "../../src/graph/Graph.ts"
import type { Node } from "../../src/graph/Node.ts"
import { decode } from "../../src/onnx/decode.ts"
import { encode } from "../../src/onnx/encode.ts"
import { encodeLoop } from "../../src/onnx/encodeLoop.ts"
import { makeBuilder } from "../../src/ops/builder.ts"
import { inBlocksOf } from "../../src/runtime/blocked/blocks.ts"
import { trialModel } from "../../src/runtime/blocked/trial.ts"
import { layerOnnx } from "../../src/runtime/onnxruntime.ts"
import { Session } from "../../src/runtime/Session.ts"
import { sizeOf } from "../../src/tensor/Shape.ts"
import { type Tensors, tensor } from "../../src/tensor/Tensor.ts"
import { distance, drawer } from "../support/draw.ts"

const channels = 16
const window = { size: [2, 2] }
const whole = { strides: [1, 1], padding: [1, 1, 1, 1] }
const point = { strides: [1, 1], padding: [0, 0, 0, 0] }
const positions = { axes: [2, 3], keepDims: true }

/** Some twelve random ops on images of one shape, and what can be asked of them besides: sums, and adjoints in kernels. */
const randomGraph = (seed: number): Graph => {
  const [draw, g] = [drawer(seed), makeBuilder({ simplify: seed % 2 === 0 })]
  const samples = [1, 3, 10, 16, 20, 32][draw.index(6)]!
  const [height, width] = [2 * (1 + draw.index(3)), 2 * (1 + draw.index(3))]
  const shape = [samples, channels, height, width]
  const input = (name: string, sizes: ReadonlyArray<number>): Node => g.input(name, sizes, "float32")
  const [a, b, few] = [input("a", shape), input("b", shape), input("few", [samples, 3, height, width])]
  const kernel = input("kernel", [channels, channels, 3, 3])
  const [wider, narrower] = [
    input("wider", [2 * channels, channels, 1, 1]),
    input("narrower", [channels, 2 * channels, 3, 3])
  ]
  const first = input("first", [channels, 3, 3, 3])
  const [bias, each] = [input("bias", [channels]), input("each", [samples, channels, 1, 1])]
  const one = input("one", [1, channels, height, width]) // of all samples
  const values: Array<Node> = [a, b]
  const pick = (): Node => values[draw.index(values.length)]!
  const like = (numbers: Node): Node => g.expand(numbers, { shape })
  const perChannel = (): Node =>
    [like(g.reshape(bias, { shape: [channels, 1, 1] })), like(each), like(g.sum(pick(), positions))][draw.index(3)]!
  const twice = (value: Node): Node => g.add(value, value)
  const half = (): Node => g.constant(0.5, shape, "float32")
  const strided = { strides: [2, 1], padding: [1, 1, 1, 1] }
  const rest = { outputPadding: [1, 0] }
  const makers: ReadonlyArray<() => Node> = [
    () => g.conv2d(pick(), kernel, whole),
    () => g.conv2d(few, first, whole),
    () => g.conv2d(g.relu(g.conv2d(pick(), wider, point)), narrower, whole),
    () => g.add(g.conv2d(pick(), kernel, whole), like(g.reshape(bias, { shape: [channels, 1, 1] }))),
    () => g.conv2dImage(g.conv2d(pick(), kernel, strided), kernel, { ...strided, ...rest }),
    () => g.add(pick(), pick()),
    () => g.sub(pick(), pick()),
    () => g.mul(pick(), pick()),
    () => g.mul(half(), pick()),
    () => g.mul(pick(), perChannel()),
    () => g.mul(perChannel(), pick()),
    () => g.add(pick(), perChannel()),
    () => g.sub(pick(), perChannel()),
    () => g.sub(perChannel(), pick()),
    () => g.mul(g.positive(a), pick()),
    () => g.mul(g.equal(b, g.upsample2d(g.maxPool2d(b, window), window)), pick()),
    () => g.upsample2d(g.avgPool2d(pick(), window), window),
    () => g.upsample2d(g.maxPool2d(pick(), window), window),
    () => like(g.sum(g.mul(pick(), pick()), positions)),
    () =>
      like(g.reshape(g.sum(g.mul(pick(), pick()), { axes: [0, 2, 3], keepDims: false }), { shape: [channels, 1, 1] })),
    () => g.reshape(g.reshape(pick(), { shape: [samples, sizeOf(shape) / samples] }), { shape }),
    () => g.mul(like(one), pick()),
    () => g.add(pick(), like(g.conv2d(one, kernel, whole))),
    () => like(g.sum(g.mul(like(g.conv2d(one, kernel, whole)), pick()), positions)),
    () => g.mul(like(each), like(g.conv2d(one, kernel, whole))),
    () => g.add(g.add(g.mul(pick(), like(each)), perChannel()), perChannel()),
    () => twice(g.mul(pick(), like(each))),
    () => g.relu(g.add(g.sub(pick(), like(each)), g.conv2d(pick(), kernel, whole))),
    () => g.relu(pick()),
    () => g.sigmoid(pick())
  ]
  for (let i = 0; i < 12; i++) {
    const value = makers[draw.index(makers.length)]!()
    values.push(draw.index(3) > 0 ? g.tanh(value) : g.mul(g.constant(1 / 8, shape, "float32"), value))
  }
  const adjoint = (x: Node, c: Node, given = whole, size = [3, 3]): Node =>
    g.conv2dKernel(x, c, { ...given, kernel: size })
  const kept = g.conv2d(pick(), kernel, whole) // given out, and used besides
  const outputs = {
    kept,
    bent: g.relu(kept),
    image: values.at(-1)!,
    other: g.add(pick(), values.at(-2)!),
    sums: g.sum(pick(), { axes: [0, 2, 3], keepDims: false }),
    ofFew: adjoint(few, pick()),
    ofMany: adjoint(pick(), pick()),
    ofPoints: adjoint(pick(), pick(), point, [1, 1]),
    strided: adjoint(pick(), g.conv2d(pick(), kernel, strided), strided),
    withRest: adjoint(
      pick(),
      g.conv2d(pick(), wider, { ...point, strides: [2, 2] }),
      { ...point, strides: [2, 2] },
      [1, 1]
    )
  }
  const inputs = [a, b, few, kernel, wider, narrower, first, bias, each, one]
  return makeGraph(`seed ${seed}`, inputs, outputs)
}

const calculated = (bytes: Uint8Array, inputs: Tensors, portable: boolean) =>
  Effect.gen(function* () {
    return yield* (yield* (yield* Session).open(bytes, {})).run(inputs)
  }).pipe(Effect.scoped, Effect.provide(layerOnnx({ portable })), Effect.runPromise)

/** Fails unless the outputs of a model are the same in blocks, to the rounding of sums of 1,000 terms in another order. */
const check = async (bytes: Uint8Array, inputs: Tensors): Promise<void> => {
  const [fast, portable] = [await calculated(bytes, inputs, false), await calculated(bytes, inputs, true)]
  for (const name of Object.keys(portable)) {
    const [actual, expected] = [fast[name]!.data, portable[name]!.data].map((data) => Float64Array.from(data, Number))
    assert.isBelow(distance(actual!, expected!), 1e-4, name)
  }
}

const drawInputs = (graph: Graph, seed: number): Tensors => {
  const draw = drawer(seed)
  const drawn = (node: Node) => tensor(node.shape, Float32Array.from(draw.numbers(sizeOf(node.shape), -0.5, 0.5)))
  return Object.fromEntries(graph.inputs.map((node) => [nameOf(node), drawn(node)]))
}

describe("random graphs of images", () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed)
  const written = new Set<string>()

  beforeAll(async () => {
    for (const seed of seeds) {
      const model = await decode(await encode(randomGraph(seed)))
      const rewritten = await decode((await inBlocksOf(model, 16))!)
      for (const { domain, opType } of rewritten.graph!.node) written.add(`${domain}.${opType}`)
    }
  })

  it.each(seeds)("calculate the same in blocks of channels (seed %i)", async (seed) => {
    const graph = randomGraph(seed)
    await check(await encode(graph), drawInputs(graph, seed + 1000))
  })

  it.each(seeds.slice(0, 30))(
    "calculate the same in a loop, with kernels and numbers from around it (seed %i)",
    async (seed) => {
      const graph = randomGraph(seed)
      const scan = Object.keys(graph.outputs).filter((name) => name !== "image")
      const bytes = await encodeLoop(graph, { name: "loop", state: { image: "a" }, scan })
      const steps = { dtype: "int64", shape: [], data: BigInt64Array.of(2n) } as const
      await check(bytes, { ...drawInputs(graph, seed + 1000), steps })
    }
  )

  it("have used every op in blocks, each of which a processor is tried with", async () => {
    const inBlocks = [...written].filter((op) => op.startsWith("com.microsoft.nchwc."))
    const trial = await decode((await inBlocksOf(await decode(await trialModel()), 16))!)
    const tried = trial.graph!.node.filter(({ domain }) => domain === "com.microsoft.nchwc")
    assert.sameMembers([...new Set(tried.map(({ domain, opType }) => `${domain}.${opType}`))], inBlocks)
    const attributes = tried.flatMap(({ attribute }) => attribute)
    assert.isTrue(
      attributes.some(({ name, i }) => name === "group" && i === 16n * 32n),
      "each channel by itself"
    )
    assert.isTrue(
      attributes.some(({ name, ints }) => name === "dilations" && ints.join() === "2,32"),
      "an adjoint with strides"
    )
    assert.isTrue(trial.graph!.node.every(({ domain }) => domain !== "brink"))
  })
})
