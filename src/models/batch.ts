/**
 * How many samples are worked on at once. Products of large matrices are fastest over all samples, and their activations are
 * small; convolutions and attention are fastest while activations fit the processor's cache, and those of all samples would
 * fill the memory.
 */
import type { Architecture } from "./Architecture.ts"

const least = 8
const most = 64
/** How many samples a block has on a processor with wide vectors: the kernels' derivatives are made of whole ones. */
const block = 16

/** The samples of a ghost batch are normalised together. */
const togetherIn = (architecture: Architecture): number =>
  architecture.kind === "resnet" && architecture.norm.kind === "batch" ? architecture.norm.samples : 1

const isOfImages = ({ kind }: Architecture): boolean => kind === "cnn" || kind === "resnet" || kind === "vit"

/**
 * What a sample costs in a part of so many, as measured with convolutions of images of 32 × 32 (a transformer is as fast with 8
 * as with 64): a third of it in blocks of samples, the last of them filled with
 * zeros; and a tenth more for every doubling, as activations outgrow the cache.
 */
const costIn = (size: number): number => {
  const filled = Math.ceil(size / block) * block
  return (1 + 0.35 * (filled / size - 1)) * (1 + 0.1 * Math.abs(Math.log2(size / block)))
}

/**
 * The size of the parts into which so many samples are best cut; undefined if they are not. Parts are equal, so it divides
 * their number: where nothing between 8 and 64 does, they stay whole.
 */
export const batchOf = (architecture: Architecture, samples: number): number | undefined => {
  if (!isOfImages(architecture)) return undefined
  const together = togetherIn(architecture)
  const sizes = Array.from({ length: samples }, (_, i) => i + 1).filter(
    (size) =>
      size < samples &&
      samples % size === 0 &&
      size % together === 0 &&
      ((together > most && size === together) || (size >= least && size <= most))
  )
  return sizes.toSorted((a, b) => costIn(a) - costIn(b))[0]
}
