/**
 * One node of a graph as ONNX nodes without names: what `gemm.ts` makes of products, or the form that the op states, with
 * repetition left to ONNX. Knows nothing of names, scopes or bytes.
 */
import type { Attribute, Node } from "../graph/Node.ts"
import type { OnnxAttribute, OnnxOperand, OnnxStep } from "../ops/Op.ts"
import { opNamed } from "../ops/table.ts"
import type { DType } from "../tensor/DType.ts"
import { withoutExpand } from "./broadcast.ts"
import { type Call, type CallAttribute, integers, type Literal, number, type Operand } from "./Call.ts"
import { dataTypeOf } from "./dataTypes.ts"
import { asGemm } from "./gemm.ts"
import type { Uses } from "./uses.ts"

const list = (value: Attribute | undefined): ReadonlyArray<number> => (Array.isArray(value) ? value : [])

const attributeOf = (attribute: OnnxAttribute, node: Node): CallAttribute => {
  if ("int" in attribute || "ints" in attribute) return attribute
  if ("dtype" in attribute) return { int: dataTypeOf(node.dtype) }
  const value = node.attributes[attribute.from]
  return typeof value === "object" ? { ints: value } : { int: Number(value) }
}

const operandOf = (operand: OnnxOperand, node: Node, dtype: DType): Literal =>
  "float" in operand ? number(operand.float, dtype) : integers(operand.from, list(node.attributes[operand.from]))

const firstOperands = (node: Node, elementwise: boolean): ReadonlyArray<Operand> => {
  const [a, b, ...more] = node.inputs
  return elementwise && a !== undefined && b !== undefined && more.length === 0
    ? withoutExpand(a, b, node.shape)
    : node.inputs
}

/** The form stated by the op: its steps, each around the one before. */
const asStated = (node: Node): Call => {
  const op = opNamed(node.op)
  const call = ({ opType, attributes = {}, operands = [] }: OnnxStep, given: ReadonlyArray<Operand>): Call => {
    const constants = operands.map((operand) => operandOf(operand, node, node.inputs[0]!.dtype))
    const entries = Object.entries(attributes).map(([name, value]) => [name, attributeOf(value, node)] as const)
    return { opType, operands: [...given, ...constants], attributes: Object.fromEntries(entries), shape: node.shape }
  }
  const [first, ...later] = op.onnx
  const started = call(first, firstOperands(node, op.elementwise === true))
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

/**
 * What a node becomes. Inputs and data are not lowered: they are values already.
 *
 * Errors  UnknownOp
 */
export const lower = (node: Node, uses: Uses): Call | Literal =>
  node.op === "constant" ? asConstant(node) : (asGemm(node, uses) ?? asStated(node))
