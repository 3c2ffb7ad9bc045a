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

/** A data set as it is kept: where it is from, and its sizes beside it. */
export const described = (source: string, { train, test }: Dataset) => ({
  source,
  features: train.inputs.shape[1]!,
  outputs: train.targets.shape[1]!,
  trainCount: train.inputs.shape[0]!,
  testCount: test.inputs.shape[0]!,
  train,
  test
})
