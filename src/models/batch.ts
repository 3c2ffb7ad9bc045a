/**
 * How many samples are worked on at once. Products of large matrices are fastest over all samples, and their activations are
 * small; convolutions and attention are fastest while activations fit the processor's cache, and those of all samples would
 * fill the memory.
 */
import { partsOf } from "../graph/Graph.ts"
import type { Architecture } from "./Architecture.ts"

const least = 8
const most = 64
/** How many samples a block has on a processor with wide vectors: the kernels' derivatives are made of whole ones. */
const block = 16

/** The samples of a ghost batch are normalised together. */
export const togetherIn = (architecture: Architecture): number =>
  architecture.kind === "resnet" && architecture.norm.kind === "batch" ? architecture.norm.samples : 1

const isOfImages = ({ kind }: Architecture): boolean => kind === "cnn" || kind === "resnet" || kind === "vit"

/**
 * What a sample costs in a part of so many, as measured with convolutions of images of 32 × 32 (a transformer is as fast with 8
 * as with 64): a third of it in blocks of samples, the last of them filled with zeros; and a tenth more for every doubling, as
 * activations outgrow the cache.
 */
const costIn = (size: number): number => {
  const filled = Math.ceil(size / block) * block
  return (1 + 0.35 * (filled / size - 1)) * (1 + 0.1 * Math.abs(Math.log2(size / block)))
}

/** What all samples cost in parts of so many: the last part is as large as the others. */
const costOfAll = (samples: number, size: number): number => partsOf(samples, size) * size * costIn(size)

/**
 * The size of the parts into which so many samples are best cut; undefined if they are not, which few are not. Where it does not
 * divide their number, the last part has samples of the one before it again, which count once.
 */
export const batchOf = (architecture: Architecture, samples: number): number | undefined => {
  if (!isOfImages(architecture)) return undefined
  const together = togetherIn(architecture)
  if (samples % together !== 0) return undefined
  const sizes = Array.from({ length: samples / together }, (_, i) => (i + 1) * together).filter(
    (size) => (together > most && size === together) || (size >= least && size <= most)
  )
  const best = sizes.toSorted((a, b) => costOfAll(samples, a) - costOfAll(samples, b))[0]
  return best === samples ? undefined : best
}
