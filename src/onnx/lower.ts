/**
 * One node of a graph as ONNX nodes without names: what `gemm.ts` makes of products and `conv.ts` of convolutions, or the
 * form that the op states, with repetition left to ONNX; or the call of a function. Knows nothing of names, scopes or bytes.
 */
import type { Attribute, Node } from "../graph/Node.ts"
import { insideOf, isFunction } from "../ops/compose.ts"
import type { OnnxAttribute, OnnxOperand, OnnxStep } from "../ops/Op.ts"
import { opNamed } from "../ops/table.ts"
import type { DType } from "../tensor/DType.ts"
import { unbatched, withoutExpand } from "./broadcast.ts"
import {
  absent,
  type Call,
  type CallAttribute,
  functionPrefix,
  integers,
  type Literal,
  number,
  type Operand
} from "./Call.ts"
import { asConv } from "./conv.ts"
import { dataTypeOf } from "./dataTypes.ts"
import { asGemm } from "./gemm.ts"
import type { Uses } from "./uses.ts"

const list = (value: Attribute | undefined): ReadonlyArray<number> => (Array.isArray(value) ? value : [])

const attributeOf = (attribute: OnnxAttribute, node: Node): CallAttribute => {
  if ("int" in attribute || "ints" in attribute || "string" in attribute) return attribute
  if ("dtype" in attribute) return { int: dataTypeOf(node.dtype) }
  if ("order" in attribute) {
    const rank = node.shape.length
    return { ints: node.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)) }
  }
  const value = node.attributes[attribute.from]
  return typeof value === "object" ? { ints: value } : { int: Number(value) }
}

const operandOf = (operand: OnnxOperand, node: Node, dtype: DType): Operand | typeof absent => {
  if (operand === absent) return absent
  if ("float" in operand) return number(operand.float, dtype)
  if ("number" in operand) return number(Number(node.attributes[operand.number]), dtype)
  if ("shape" in operand) return integers("shape", node.shape)
  if ("from" in operand) return integers(operand.from, list(node.attributes[operand.from]))
  const elements = list(node.attributes[operand.forEach]).map(() => operand.int)
  return integers("each", elements)
}

const firstOperands = (node: Node, elementwise: boolean, uses: Uses): ReadonlyArray<Operand> => {
  const [a, b, ...more] = node.inputs
  if (a === undefined || b === undefined || more.length > 0) return node.inputs
  if (node.op === "matmul") return [unbatched(a), unbatched(b)]
  if (node.op === "concat") return joinedIn(node, uses)
  return elementwise ? withoutExpand(a, b, node.shape) : node.inputs
}

/** What is joined, where a value that nothing else uses is itself joined along the same axis: all at once. */
const joinedIn = (node: Node, uses: Uses): ReadonlyArray<Node> =>
  node.inputs.flatMap((input) => {
    const isPart = input.op === "concat" && input.attributes["axis"] === node.attributes["axis"] && uses.once(input)
    return isPart ? joinedIn(input, uses) : [input]
  })

/** The form stated by the op: its steps, each around the one before. */
const asStated = (node: Node, uses: Uses): Call => {
  const op = opNamed(node.op)
  const call = ({ opType, attributes = {}, operands = [] }: OnnxStep, given: Call["operands"]): Call => {
    const constants = operands.map((operand) => operandOf(operand, node, node.inputs[0]!.dtype))
    const entries = Object.entries(attributes).map(([name, value]) => [name, attributeOf(value, node)] as const)
    return { opType, operands: [...given, ...constants], attributes: Object.fromEntries(entries), shape: node.shape }
  }
  // Ops without a form of their own were replaced by `compose.ts`.
  const [first, ...later] = op.onnx!
  const started = call(first, firstOperands(node, op.elementwise === true, uses))
  return { ...later.reduce((before, step) => call(step, [before]), started), dtype: node.dtype }
}

/** A constant: its elements, or one number repeated. */
const asConstant = (node: Node): Call | Literal => {
  const { shape, dtype } = node
  const value = node.attributes["value"]
  if (typeof value !== "number") return { label: "constant", elements: list(node.attributes["values"]), shape, dtype }
  if (shape.length === 0) return number(value, dtype)
  const operands = [number(value, dtype), integers("shape", shape)]
  return { opType: "Expand", operands, attributes: {}, shape, dtype }
}

/** A call of a function, named after the op and what it is applied to: equal calls are of one function. */
const asFunction = (node: Node): Call | undefined => {
  if (!isFunction(node)) return undefined
  const { op, inputs, attributes, shape, dtype } = node
  const lists = Object.keys(attributes)
    .sort()
    .map((name) => [name, { ints: list(attributes[name]) }] as const)
  const stated = lists.map(([attribute, { ints }]) => `${attribute}${ints.join("x")}`)
  const name = functionPrefix(op) + [...inputs.map((input) => input.shape.join("x")), ...stated].join("_")
  return {
    opType: name,
    calls: { name, inside: () => insideOf(node) },
    operands: inputs,
    attributes: Object.fromEntries(lists),
    shape,
    dtype
  }
}

/**
 * What a node becomes. Inputs and data are not lowered: they are values already.
 *
 * Errors  UnknownOp
 */
export const lower = (node: Node, uses: Uses): Call | Literal =>
  node.op === "constant"
    ? asConstant(node)
    : (asFunction(node) ?? asGemm(node, uses) ?? asConv(node, uses) ?? asStated(node, uses))
