/**
 * Images whose samples lie in blocks as channels do elsewhere: as the convolution over samples is given them, which is a derivative
 * of kernels. What is made of an image or a cotangent is made once. Knows nothing of kernels.
 */
import type { Layout } from "./Layout.ts"
import type { Writing } from "./Writing.ts"

/** ⌈N / b⌉ */
export const blocksOf = ({ block }: Writing, samples: number): number => Math.ceil(samples / block)

/** With zeros after the last sample. [N, …] → [N′, …] */
const filled = (writing: Writing, name: string, samples: number, to: number, output: string): string => {
  if (samples === to) return name
  return writing.standard("Pad", [name, writing.sizes([0, 0, 0, 0, to - samples, 0, 0, 0])], output)
}

/** Images with samples in blocks and channels along rows. [N, I, H, W] → [N / b, H, W, I · b], as it lies in memory */
export const samplesOf = (layout: Layout, image: string): string => {
  const isBlocked = layout.isBlocked(image)
  const home = isBlocked ? layout : layout.homeOf(image)
  const { block, make } = home
  const [samples, channels, height, width] = home.imageSizesOf(image)
  const area = height * width
  const name = home.named(image, "samples")
  return home.once(name, () => {
    const [outer, inner] = isBlocked ? [channels / block, block] : [channels, 1] // I = outer · inner
    const blocks = blocksOf(home, samples)
    const from = filled(home, isBlocked ? layout.blocked(image) : image, samples, blocks * block, `${name}/filled`)
    const flat = home.reshape(from, [1, blocks * block, outer * area, inner], `${name}/flat`)
    const moved = home.inBlocks("ReorderInput", [flat], `${name}/moved`) // [N / b, outer, H, W, inner, b]
    const apart = home.reshape(moved, [blocks, outer, area, inner * block], `${name}/apart`)
    const turned =
      outer === 1 ? apart : home.standard("Transpose", [apart], `${name}/turned`, [make.ints("perm", [0, 2, 1, 3])])
    home.reshape(turned, [blocks, height, width, channels * block], name)
  })
}

/** The cotangent as kernels of as many outputs. [N, O, P, Q] → [O / b, N / b, P, Q, b, b], declared [O, N, P, Q] */
export const kernelsOf = (layout: Layout, cotangent: string): string => {
  const { block, make } = layout
  const [samples, outputs, rows, columns] = layout.imageSizesOf(cotangent)
  const name = layout.named(cotangent, "kernels")
  return layout.once(name, () => {
    const blocks = blocksOf(layout, samples)
    const whole = filled(layout, layout.blocked(cotangent), samples, blocks * block, `${name}/filled`)
    const apart = [blocks, block, outputs / block, rows * columns, block]
    const split = layout.reshape(whole, apart, `${name}/split`)
    const moved = layout.standard("Transpose", [split], `${name}/moved`, [make.ints("perm", [2, 0, 3, 1, 4])])
    layout.reshape(moved, [outputs, blocks * block, rows, columns], name)
  })
}
