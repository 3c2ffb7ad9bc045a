/**
 * Convolutions as ONNX Conv, which adds a bias per channel in the same pass over memory. A convolution is taken into a sum
 * only where nothing else uses it.
 */
import type { Node } from "../graph/Node.ts"
import { sizeOf } from "../tensor/Shape.ts"
import type { Call, Operand } from "./Call.ts"
import { integers } from "./Call.ts"
import type { Uses } from "./uses.ts"

/** The bias [O] of which a value [N, O, H, W] is the repetition; undefined where it is not. */
const biasIn = (node: Node, channels: number): Operand | undefined => {
  if (node.op !== "expand") return undefined
  const from = node.inputs[0]!
  const isPerChannel = from.shape.at(-3) === channels && sizeOf(from.shape) === channels
  if (!isPerChannel) return undefined
  const vector = from.op === "reshape" ? from.inputs[0]! : from
  if (vector.shape.length === 1) return vector
  const operands = [from, integers("shape", [channels])]
  return { opType: "Reshape", operands, attributes: {}, shape: [channels], dtype: node.dtype }
}

/** The sum of a convolution and a bias as one Conv; undefined where the node is no such sum. */
export const asConv = (node: Node, uses: Uses): Call | undefined => {
  if (node.op !== "add") return undefined
  const [a, b] = node.inputs
  const [conv, other] = a!.op === "conv2d" ? [a!, b!] : [b!, a!]
  if (conv.op !== "conv2d" || !uses.once(conv)) return undefined
  const bias = biasIn(other, conv.shape[1]!)
  if (bias === undefined) return undefined
  const { strides, padding } = conv.attributes as Readonly<Record<string, ReadonlyArray<number>>>
  const attributes = { strides: { ints: strides! }, pads: { ints: padding! } }
  return { opType: "Conv", operands: [...conv.inputs, bias], attributes, shape: node.shape, dtype: node.dtype }
}
