/**
 * Data as training takes it. Knows nothing of where it comes from.
 */
import type { Tensor } from "../tensor/Tensor.ts"

export interface Split {
  readonly inputs: Tensor // [N, D]
  readonly targets: Tensor // [N, C]
  /** The class of each sample, where the task is to tell classes apart. Shape [N] */
  readonly labels?: Uint8Array
}

export interface Dataset {
  readonly train: Split
  readonly test: Split
}
