/**
 * Weights from a file of this machine, pinned by their digest. Knows no model.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { decodeSafetensors, type SafetensorsMalformed } from "../tensor/safetensors.ts"
import type { Tensors } from "../tensor/Tensor.ts"
import { type ReadFailed, readVerified } from "./readVerified.ts"

export interface WeightsFile {
  /** In the folder `weights` of `$BRINK_DATA`, or of `data` where that is not set. */
  readonly name: string
  readonly sha256: string
}

const remedy = "Put it into the folder weights/ of $BRINK_DATA, or of data/ beside package.json."

/**
 * The tensors of a safetensors file, by name.
 *
 * Errors  those of `readVerified`; SafetensorsMalformed
 */
export const readWeights = (file: WeightsFile): Effect.Effect<Tensors, ReadFailed | SafetensorsMalformed> =>
  Effect.suspend(() => readVerified(join(process.env["BRINK_DATA"] ?? "data", "weights"), file, remedy)).pipe(
    Effect.flatMap((bytes) =>
      Effect.try({ try: () => decodeSafetensors(bytes), catch: (cause) => cause as SafetensorsMalformed })
    )
  )
