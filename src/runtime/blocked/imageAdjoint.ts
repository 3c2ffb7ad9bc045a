/**
 * The adjoint of a convolution with strides in its images, as one convolution without: pixels of the image whose place has the
 * same rest by the stride are the channels of a smaller one, of which every pixel is a sum over the same few of the cotangent,
 *
 *     X̄[s p + a] = Σ_d  W[tap(a, d)] · C[p + d]      for each rest a, along rows and columns,
 *
 * with zeros as the kernel where no tap reaches. Then the small images are set between each other.
 */
import type { Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { integersOf, isStandard, type Rule } from "./nodes.ts"

/** Along one axis. */
interface Axis {
  readonly stride: number
  /** Of the small image. */
  readonly size: number
  /** How many offsets d there are. */
  readonly width: number
  /** Zeros before and after the cotangent. */
  readonly before: number
  readonly after: number
  /** For each rest and offset the place in the kernel; its size where there is none. */
  readonly taps: ReadonlyArray<number>
}

const axisOf = (
  image: number,
  cotangent: number,
  kernel: number,
  stride: number,
  padding: number
): Axis | undefined => {
  const taps = Array.from({ length: stride }, (_, a) => a).flatMap((a) =>
    Array.from({ length: kernel }, (_, k) => k)
      .filter((k) => (a + padding - k) % stride === 0)
      .map((k) => ({ a, k, d: (a + padding - k) / stride }))
  )
  const least = Math.min(0, ...taps.map(({ d }) => d))
  const width = Math.max(0, ...taps.map(({ d }) => d)) - least + 1
  const size = image / stride
  const after = size - cotangent + least + width - 1
  if (!Number.isInteger(size) || after < 0) return undefined
  const places = new Array<number>(stride * width).fill(kernel)
  for (const { a, k, d } of taps) places[a * width + d - least] = k
  return { stride, size, width, before: -least, after, taps: places }
}

/** [O, I, h, w] → [s t I / b, O / b, d, e, b, b] under the shape [s t I, O, d, e] */
const kernelOf = (layout: Layout, kernel: string, down: Axis, across: Axis): string => {
  layout.needPlain(kernel)
  const home = layout.homeOf(kernel)
  const { block: b, make } = home
  const [outputs, inputs] = home.imageSizesOf(kernel)
  const name = home.named(kernel, `apart${down.taps.join("")}x${across.taps.join("")}`)
  return home.once(name, () => {
    const zeros = home.standard("Pad", [kernel, home.sizes([0, 0, 0, 0, 0, 0, 1, 1])], `${name}/zeros`)
    const rows = [zeros, home.sizes(down.taps)]
    const inRows = home.standard("Gather", rows, `${name}/rows`, [make.int("axis", 2)])
    const columns = [inRows, home.sizes(across.taps)]
    const inBoth = home.standard("Gather", columns, `${name}/columns`, [make.int("axis", 3)])
    const apart = [outputs / b, b, inputs / b, b, down.stride, down.width, across.stride, across.width]
    const split = home.reshape(inBoth, apart, `${name}/split`)
    const order = [make.ints("perm", [4, 6, 2, 0, 5, 7, 1, 3])]
    const moved = home.standard("Transpose", [split], `${name}/moved`, order)
    home.reshape(moved, [down.stride * across.stride * inputs, outputs, down.width, across.width], name)
  })
}

export const adjoinImage: Rule = (layout, node) => {
  if (!isStandard(node, "ConvTranspose")) return false
  const { block, make } = layout
  const [cotangent, kernel] = node.input as [string, string]
  const result = node.output[0]!
  if (!layout.fits(cotangent) || !layout.fits(result) || layout.shapeOf(kernel).length !== 4) return false
  const [, , rows, columns] = layout.imageSizesOf(cotangent)
  const [samples, channels, height, width] = layout.imageSizesOf(result)
  const [, , kernelRows, kernelColumns] = layout.imageSizesOf(kernel)
  const [stepDown, stepAcross] = integersOf(node, "strides") as [number, number]
  const [top, left] = integersOf(node, "pads") as [number, number]
  const down = axisOf(height, rows, kernelRows, stepDown, top)
  const across = axisOf(width, columns, kernelColumns, stepAcross, left)
  // A kernel that leaves most pixels at zero is faster as it is.
  if (down === undefined || across === undefined || kernelRows < stepDown || kernelColumns < stepAcross) return false
  const given = [layout.blocked(cotangent), kernelOf(layout, kernel, down, across)]
  const pads = [down.before, across.before, down.after, across.after]
  const own = convolutionAttributes(make, [down.width, across.width], { pads })
  const apart = layout.inBlocks("Conv", given, layout.named(result, "apart"), own)
  const sizes = [samples, stepDown, stepAcross, channels / block, down.size, across.size, block]
  const split = layout.reshape(apart, sizes, layout.named(result, "split"))
  const order = [make.ints("perm", [0, 3, 4, 1, 5, 2, 6])]
  const between = layout.standard("Transpose", [split], layout.named(result, "between"), order)
  layout.hold(result, layout.reshape(between, layout.shapeOf(result), layout.named(result, "joined")))
  return true
}
