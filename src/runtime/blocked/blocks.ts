/**
 * Which blocks of channels this processor's convolutions work in, found by trying; and models rewritten for them. A processor
 * without such kernels, or one whose kernels calculate something else, keeps the models as they are.
 */
import type { ModelProto } from "onnx-buf"
import { decode } from "../../onnx/decode.ts"
import { modelBytes, valueInfo } from "../../onnx/messages.ts"
import { sizeOf } from "../../tensor/Shape.ts"
import { loadMessages } from "./Messages.ts"
import { withBlocks } from "./rewrite.ts"

/** Of AVX-512, of AVX and SSE, of others. */
const candidates = [16, 8, 4]
/** Relative, of sums of 288 terms: another order of the same ones. */
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

const given = { image: [2, 3, 6, 5], first: [32, 3, 3, 3], bias: [32], second: [32, 32, 3, 3] }
const between = { added: [2, 32, 6, 5], inside: [2, 32, 6, 5], convolved: [2, 32, 3, 5] }

/** σ(w * σ(v * x + b)): each kind of kernel, from few channels and from many, with and without a bias. */
const trial = (): Promise<Uint8Array> => {
  const node = (
    opType: string,
    input: Array<string>,
    output: string,
    ints: Readonly<Record<string, Array<bigint>>>
  ) => ({
    ...{ name: output, opType, input, output: [output] },
    attribute: Object.entries(ints).map(([name, values]) => ({ name, type: 7, ints: values }))
  })
  const pads = [1n, 1n, 1n, 1n]
  const typed = (shapes: Readonly<Record<string, ReadonlyArray<number>>>) =>
    Object.entries(shapes).map(([name, shape]) => valueInfo(name, "float32", shape))
  return modelBytes({
    name: "convolutions",
    node: [
      node("Conv", ["image", "first", "bias"], "added", { pads, strides: [1n, 1n] }),
      node("Tanh", ["added"], "inside", {}),
      node("Conv", ["inside", "second"], "convolved", { pads, strides: [2n, 1n] }),
      node("Relu", ["convolved"], "after", {})
    ],
    input: typed(given),
    output: typed({ after: between.convolved }),
    valueInfo: typed(between)
  })
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
