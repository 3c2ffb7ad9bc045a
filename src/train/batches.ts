/**
 * Which samples a step of stochastic gradient descent sees: a function of the seed and the number of the step alone, so
 * that a resumed run sees the same ones, whatever else is drawn. Knows nothing of gradients.
 */
import { indices, permutation } from "../random/discrete.ts"
import { fromSeed, split } from "../random/Prng.ts"
import { requireSetting } from "./Errors.ts"

export interface BatchOptions {
  /** N */
  readonly samples: number
  /** B, at most N. */
  readonly size: number
  readonly seed: number | string
  /**
   * With replacement every sample of every batch is drawn independently. Without, each epoch is a new random order of all
   * samples, cut into ⌈N / B⌉ batches.
   */
  readonly replacement: boolean
  /** Whether the last, smaller batch of an epoch is used where B does not divide N. Default "keep" */
  readonly remainder?: "keep" | "drop"
}

export interface Batches {
  /** The samples of a step, as indices from 0 to N − 1. Shape [B], smaller where a remainder is kept */
  readonly at: (step: number) => Int32Array
  /** Steps in which as many samples are seen as there are. */
  readonly perEpoch: number
}

/**
 * The batches of a run.
 *
 * Errors  SettingOutOfRange
 */
export const batches = ({ samples, size, seed, replacement, remainder = "keep" }: BatchOptions): Batches => {
  requireSetting(Number.isInteger(samples) && samples >= 1, "samples", "a whole number, at least 1", samples)
  const fits = Number.isInteger(size) && size >= 1 && size <= samples
  requireSetting(fits, "batch size", `a whole number from 1 to ${samples}, the number of samples`, size)
  const root = split(fromSeed(seed), "batches")
  const perEpoch = remainder === "keep" || replacement ? Math.ceil(samples / size) : Math.floor(samples / size)
  if (replacement) return { at: (step) => indices(split(root, `step ${step}`), size, samples), perEpoch }
  let held: { readonly epoch: number; readonly order: Int32Array } = { epoch: -1, order: new Int32Array() } // drawn once an epoch, not once a step
  return {
    at: (step) => {
      const epoch = Math.floor(step / perEpoch)
      if (held.epoch !== epoch) held = { epoch, order: permutation(split(root, `epoch ${epoch}`), samples) }
      const first = (step - epoch * perEpoch) * size
      return held.order.slice(first, first + size)
    },
    perEpoch
  }
}
