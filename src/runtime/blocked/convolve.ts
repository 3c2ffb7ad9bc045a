/**
 * Convolutions of images, with kernels that are trained: those are put into blocks for each run.
 */
import type { Layout } from "./Layout.ts"
import { convolutionAttributes } from "./Messages.ts"
import { integersOf, isStandard, type Rule } from "./nodes.ts"

/** [O, I, h, w] → [O / b, I / b, h, w, b, b], or [O / b, I, h, w, b] of few channels, under the shape it had. */
const kernelInBlocks = (layout: Layout, kernel: string): string => {
  layout.needPlain(kernel)
  const home = layout.homeOf(kernel)
  const { block, make } = home
  const [outputs, inputs, height, width] = home.imageSizesOf(kernel)
  const isFew = inputs < block
  const apart = isFew
    ? [outputs / block, block, inputs, height, width]
    : [outputs / block, block, inputs / block, block, height, width]
  const order = isFew ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1]
  const name = home.named(kernel, "kernel")
  return home.once(name, () => {
    const split = home.reshape(kernel, apart, `${name}/split`)
    const moved = home.standard("Transpose", [split], `${name}/moved`, [make.ints("perm", order)])
    home.reshape(moved, home.shapeOf(kernel), name)
  })
}

const isWhole = (values: ReadonlyArray<number> | undefined): boolean => values?.every((each) => each === 1) !== false

export const convolve: Rule = (layout, node) => {
  if (!isStandard(node, "Conv")) return false
  const { block, make } = layout
  const [image, kernel, bias] = node.input as [string, string, string | undefined]
  const result = node.output[0]!
  const [samples, channels] = layout.shapeOf(image)
  const [outputs, inputs] = layout.shapeOf(kernel)
  const isFew = inputs! < block
  const hasKernel = layout.typeOf(image) === "float32" && layout.shapeOf(image).length === 4 && samples! > 0
  const fits = outputs! % block === 0 && (isFew || inputs! % block === 0) && channels === inputs
  if (!hasKernel || !fits || !isWhole(integersOf(node, "dilations"))) return false
  if (isFew) layout.needPlain(image)
  if (bias !== undefined) layout.needPlain(bias)
  layout.putOff(result, {
    image: isFew ? image : layout.blocked(image),
    kernel: kernelInBlocks(layout, kernel),
    ...(bias === undefined ? {} : { bias }),
    isPerChannel: false,
    attributes: convolutionAttributes(make, layout.shapeOf(kernel).slice(2), {
      strides: integersOf(node, "strides"),
      pads: integersOf(node, "pads")
    })
  })
  return true
}
