/**
 * Pooling, and its adjoint, which repeats pixels.
 */
import { isStandard, type Rule, textOf } from "./nodes.ts"

export const pool: Rule = (layout, node) => {
  const [image] = node.input as [string]
  const result = node.output[0]!
  if (!isStandard(node, "AveragePool", "MaxPool") || node.output.length > 1 || !layout.isBlocked(image)) return false
  layout.hold(
    result,
    layout.inBlocks(node.opType, [layout.blocked(image)], layout.named(result, "pool"), node.attribute)
  )
  return true
}

/** To a whole multiple of the size, by the nearest pixel: what is not in blocks goes there while it is small. */
export const repeatPixels: Rule = (layout, node) => {
  if (!isStandard(node, "Resize") || textOf(node, "mode") !== "nearest") return false
  const [image] = node.input as [string]
  const result = node.output[0]!
  const [from, to] = [layout.shapeOf(image), layout.shapeOf(result)]
  const scales = to.map((size, axis) => size / from[axis]!)
  if (!layout.fits(result) || !layout.fits(image) || !scales.every(Number.isInteger)) return false
  const attributes = [layout.make.ints("scales", scales), layout.make.text("mode", "nearest")]
  layout.hold(
    result,
    layout.inBlocks("Upsample", [layout.blocked(image)], layout.named(result, "repeated"), attributes)
  )
  return true
}
