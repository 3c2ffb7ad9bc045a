/**
 * Which blocks of channels this processor's convolutions work in, found by trying; and models rewritten for them. A processor
 * without such kernels, or one whose kernels calculate something else, keeps the models as they are.
 */
import type { ModelProto } from "onnx-buf"
import { makeGraph } from "../../graph/Graph.ts"
import type { Node } from "../../graph/Node.ts"
import { decode } from "../../onnx/decode.ts"
import { encode } from "../../onnx/encode.ts"
import { makeBuilder } from "../../ops/builder.ts"
import { sizeOf } from "../../tensor/Shape.ts"
import { loadMessages } from "./Messages.ts"
import { withBlocks } from "./rewrite.ts"

/** Of AVX-512, of AVX and SSE, of others. */
const candidates = [16, 8, 4]
/** Relative, of sums of hundreds of terms: another order of the same ones. */
const rounding = 1e-5

/** The bytes of a model rewritten for blocks of this size; undefined where nothing in it has another form. */
export const inBlocksOf = async (model: ModelProto, block: number): Promise<Uint8Array | undefined> => {
  const [{ clone, toBinary }, { ModelProtoSchema }] = await Promise.all([
    import("@bufbuild/protobuf"),
    import("onnx-buf")
  ])
  const copy = clone(ModelProtoSchema, model)
  return withBlocks(await loadMessages(), copy, block) ? toBinary(ModelProtoSchema, copy) : undefined
}

const given = { image: [16, 3, 6, 4], first: [32, 3, 3, 3], bias: [32], second: [32, 32, 3, 3] }

/** Each kind of kernel: from few channels and from many, for each channel, adjoint; pools and sums. As one row of numbers. */
const trial = (): Promise<Uint8Array> => {
  const g = makeBuilder()
  const inputs = Object.entries(given).map(([name, shape]) => g.input(name, shape, "float32"))
  const [image, first, bias, second] = inputs as [Node, Node, Node, Node]
  const [whole, strided] = [1, 2].map((rows) => ({ strides: [rows, 1], padding: [1, 1, 1, 1] }))
  const [window, positions] = [{ size: [2, 2] }, { axes: [2, 3], keepDims: true }]
  /** Of about the same size, whatever it sums: an error in any of them is one of all. */
  const average = (value: Node, terms: number): Node => g.mul(g.constant(1 / terms, value.shape, value.dtype), value)
  const inside = g.conv2d(image, first, whole!) // [16, 32, 6, 4]
  const like = (value: Node): Node => g.expand(value, { shape: inside.shape })
  const bent = g.tanh(g.add(inside, like(g.reshape(bias, { shape: [32, 1, 1] }))))
  const pooled = g.add(g.avgPool2d(bent, window), g.maxPool2d(bent, window)) // [16, 32, 3, 2]
  const scaled = g.mul(like(g.sum(g.mul(bent, inside), positions)), g.upsample2d(pooled, window))
  const down = g.relu(g.conv2d(g.add(scaled, like(average(g.sum(scaled, positions), 24))), second, strided!)) // [16, 32, 3, 4]
  const adjoint = (x: Node, c: Node, options = whole!) => g.conv2dKernel(x, c, { ...options, kernel: [3, 3] })
  const adjoints = [adjoint(image, bent), adjoint(bent, scaled), adjoint(scaled, down, strided)].map((sum) =>
    average(sum, 96)
  )
  const rows = [scaled, down, ...adjoints].map((result) => g.reshape(result, { shape: [sizeOf(result.shape)] }))
  return encode(makeGraph("trial", inputs, { y: rows.reduce((row, more) => g.concat(row, more, { axis: 0 })) }))
}

/** Runs a model without data once, on float32 inputs. */
export type RunOnce = (model: Uint8Array, inputs: Readonly<Record<string, Float32Array>>) => Promise<Float32Array>

/** The size of the blocks; undefined where there are none. */
export const findBlock = async (runOnce: RunOnce): Promise<number | undefined> => {
  const bytes = await trial()
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, shape]) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i + 1) / 4)
    ])
  )
  const expected = await runOnce(bytes, inputs)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (const block of candidates) {
    const rewritten = await inBlocksOf(await decode(bytes), block)
    const actual = await runOnce(rewritten!, inputs).catch(() => undefined) // without the kernels a session is refused
    if (actual?.every((value, i) => Math.abs(value - expected[i]!) <= rounding * largest)) return block
  }
  return undefined
}
