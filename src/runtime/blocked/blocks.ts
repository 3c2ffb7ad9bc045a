/**
 * Which blocks of channels this processor's convolutions work in, found by trying; and models rewritten for them. A processor
 * without such kernels, or one whose kernels calculate something else, keeps the models as they are.
 */
import type { ModelProto } from "onnx-buf"
import { decode } from "../../onnx/decode.ts"
import { loadMessages } from "./Messages.ts"
import { withBlocks } from "./rewrite.ts"
import { trialInputs, trialModel } from "./trial.ts"

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

/** Runs a model without data once, on float32 inputs. */
export type RunOnce = (model: Uint8Array, inputs: Readonly<Record<string, Float32Array>>) => Promise<Float32Array>

/** The size of the blocks; undefined where there are none. */
export const findBlock = async (runOnce: RunOnce): Promise<number | undefined> => {
  const [bytes, inputs] = [await trialModel(), trialInputs]
  const expected = await runOnce(bytes, inputs)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  for (const block of candidates) {
    const rewritten = await inBlocksOf(await decode(bytes), block)
    const actual = await runOnce(rewritten!, inputs).catch(() => undefined) // without the kernels a session is refused
    if (actual?.every((value, i) => Math.abs(value - expected[i]!) <= rounding * largest)) return block
  }
  return undefined
}
