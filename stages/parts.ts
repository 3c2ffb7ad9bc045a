/**
 * How the parts of artifacts are written that are no JSON: tensors as safetensors, text as it is.
 */
import * as Artifact from "../src/pipeline/Artifact.ts"
import { decodeSafetensors, encodeSafetensors } from "../src/tensor/safetensors.ts"
import type { Tensor, Tensors } from "../src/tensor/Tensor.ts"

/** Tensors by name, in the safetensors format. */
export const tensors = Artifact.file<Tensors>("safetensors", {
  encode: (value) => encodeSafetensors(value),
  decode: decodeSafetensors
})

/** Bytes, as they are. */
export const bytes = Artifact.file<Uint8Array>("bin", { encode: (value) => value, decode: (value) => value })

/** Inputs [N, D] and targets [N, C]. */
export const samples = Artifact.file<{ readonly inputs: Tensor; readonly targets: Tensor }>("safetensors", {
  encode: ({ inputs, targets }) => encodeSafetensors({ inputs, targets }),
  decode: (bytes) => {
    const { inputs, targets } = decodeSafetensors(bytes)
    return { inputs: inputs!, targets: targets! }
  }
})

export const text = (extension: string) =>
  Artifact.file<string>(extension, {
    encode: (value) => new TextEncoder().encode(value),
    decode: (value) => new TextDecoder().decode(value)
  })
