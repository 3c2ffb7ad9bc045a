/**
 * Ops that work element by element: the same in blocks as anywhere, where all of their operands are. Sums of values, and
 * activations, are taken into the convolution before them, which applies them as it stores.
 */
import type { NodeProto } from "onnx-buf"
import { sameShape } from "../../tensor/Shape.ts"
import type { Layout } from "./Layout.ts"
import { isStandard, type Rule } from "./nodes.ts"

const elementwise: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"],
  ...["Neg", "Abs", "Sign", "Exp", "Log", "Sqrt", "Reciprocal", "Erf"],
  ...["Relu", "Tanh", "Sigmoid", "Softplus", "Softsign"]
])
const comparisons: ReadonlySet<string> = new Set(["Equal", "Greater", "Less"])
/** What convolutions in blocks can apply as they store. */
const activations: ReadonlySet<string> = new Set(["Relu", "Tanh", "Sigmoid"])

const isNumber = (layout: Layout, name: string): boolean =>
  layout.typeOf(name) !== undefined && layout.shapeOf(name).every((size) => size === 1)

/** Whether all operands are images of the size of the result, or single numbers, and one is in blocks already. */
const isInPlace = (layout: Layout, operands: ReadonlyArray<string>, result: string): boolean => {
  const shape = layout.shapeOf(result)
  const images = operands.filter((name) => sameShape(layout.shapeOf(name), shape))
  const others = operands.filter((name) => !images.includes(name))
  return layout.fits(result) && images.some(layout.isBlocked) && others.every((name) => isNumber(layout, name))
}

/** The operands, those that are images in blocks. */
const operandsOf = (layout: Layout, operands: ReadonlyArray<string>): ReadonlyArray<string> =>
  operands.map((name) => {
    if (layout.fits(name)) return layout.blocked(name)
    layout.needPlain(name)
    return name
  })

const writeInBlocks = (layout: Layout, node: NodeProto, result: string): void =>
  layout.hold(
    result,
    layout.standard(node.opType, operandsOf(layout, node.input), layout.named(result, node.opType), node.attribute)
  )

/** Lets the convolution before it take an activation, or a sum, along; whether it has. */
const takeAlong = (layout: Layout, { opType, input }: NodeProto, result: string): boolean => {
  const [a, b] = input as [string, string | undefined]
  if (activations.has(opType) && layout.open(a) !== undefined) {
    layout.extend(a, result, { activation: opType })
    return true
  }
  if (opType !== "Add" || b === undefined || a === b || !layout.fits(a) || !layout.fits(b)) return false
  const taker = [a, b].find((name) => {
    const convolution = layout.open(name)
    return convolution !== undefined && convolution.sum === undefined
  })
  if (taker === undefined) return false
  layout.extend(taker, result, { sum: layout.blocked(taker === a ? b : a) })
  return true
}

export const applyElementwise: Rule = (layout, node) => {
  const result = node.output[0]!
  if (!isStandard(node, ...elementwise) || !isInPlace(layout, node.input, result)) return false
  if (!takeAlong(layout, node, result)) writeInBlocks(layout, node, result)
  return true
}

/** A comparison whose truth values become numbers at once: these have no other layout than that of what was compared. */
export const compare: Rule = (layout, node) => {
  if (!isStandard(node, ...comparisons)) return false
  const truth = node.output[0]!
  const cast = layout.onlyUserOf(truth)
  const result = cast?.output[0]
  if (cast?.opType !== "Cast" || result === undefined || !isInPlace(layout, node.input, result)) return false
  const compared = layout.standard(node.opType, operandsOf(layout, node.input), layout.named(truth, node.opType))
  layout.hold(result, layout.standard("Cast", [compared], layout.named(result, "Cast"), cast.attribute))
  layout.take(cast)
  return true
}
