/**
 * ONNX ops in float64, by the reference evaluations of the table of ops: what the encoder writes is read back into the op
 * it came from. For the reference session. Knows neither names nor order of nodes.
 */
import type { NodeProto } from "onnx-buf"
import type { Attributes } from "../graph/Node.ts"
import { broadcastShape } from "../onnx/Call.ts"
import type { AnyOp } from "../ops/Op.ts"
import { opNamed, table } from "../ops/table.ts"
import type { Shape } from "../tensor/Shape.ts"

/** A value under evaluation: whatever its dtype, its elements are held as float64. */
export interface Value {
  readonly shape: Shape
  readonly data: Float64Array
}

export type Kernel = (node: NodeProto, inputs: ReadonlyArray<Value>) => Value

const apply = (op: AnyOp, inputs: ReadonlyArray<Value>, attributes: Attributes = {}): Value => {
  const shapes = inputs.map((input) => input.shape)
  const shape = op.shape(shapes, attributes)
  const elements = inputs.map((input) => input.data)
  return { shape, data: op.evaluate(elements, shapes, attributes, shape) }
}

const expandTo = (value: Value, shape: Shape): Value => apply(opNamed("expand"), [value], { shape })

/** Operands repeated to their common shape, as ONNX repeats them. */
const broadcast = (inputs: ReadonlyArray<Value>): ReadonlyArray<Value> => {
  const shape = inputs.reduce<Shape>((common, input) => broadcastShape(common, input.shape) ?? input.shape, [])
  return inputs.map((input) => expandTo(input, shape))
}

/** An attribute of the node, a number or a list of them. */
const attribute = (node: NodeProto, name: string): number | ReadonlyArray<number> | undefined => {
  const found = node.attribute.find((candidate) => candidate.name === name)
  if (found === undefined) return undefined
  return found.type === 1 ? found.f : found.type === 7 ? found.ints.map(Number) : Number(found.i)
}

/** The attributes of the op that the node was made from: the inverse of what the encoder did. */
const attributesOf = (op: AnyOp, node: NodeProto, inputs: ReadonlyArray<Value>): Attributes => {
  const { attributes = {}, operands = [] } = op.onnx![0]
  const own = Object.entries(attributes).flatMap(([name, value]) => {
    const given = "from" in value ? attribute(node, name) : undefined
    return "from" in value && given !== undefined ? [[value.from, given] as const] : []
  })
  const constant = operands.flatMap((operand, i): ReadonlyArray<readonly [string, number | ReadonlyArray<number>]> => {
    if (operand === "absent") return []
    const given = inputs[op.arity + i]!.data
    if ("number" in operand) return [[operand.number, given[0]!]]
    return "from" in operand ? [[operand.from, [...given]]] : []
  })
  return Object.fromEntries([...own, ...constant])
}

const kernelOf =
  (op: AnyOp): Kernel =>
  (node, inputs) => {
    const operands = inputs.slice(0, op.arity)
    return apply(op, op.elementwise === true ? broadcast(operands) : operands, attributesOf(op, node, inputs))
  }

/** α A B + β C, with A and B transposed by flag. Source: onnx.ai/onnx/operators/onnx__Gemm.html */
const gemm: Kernel = (node, [a, b, c]) => {
  const scaled = (value: Value, name: string): Value => {
    const factor = attribute(node, name) ?? 1
    return { ...value, data: value.data.map((element) => element * Number(factor)) }
  }
  const oriented = (value: Value, name: string): Value =>
    attribute(node, name) === 1 ? apply(opNamed("transpose"), [value]) : value
  const product = apply(opNamed("matmul"), [oriented(a!, "transA"), oriented(b!, "transB")])
  const result = scaled(product, "alpha")
  return c === undefined ? result : apply(opNamed("add"), [result, expandTo(scaled(c, "beta"), result.shape)])
}

/** A product for each index of the leading axes, which are repeated. Source: onnx.ai/onnx/operators/onnx__MatMul.html */
const matmul: Kernel = (_, [a, b]) => {
  const leading = broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2))!
  const repeated = (value: Value): Value => expandTo(value, [...leading, ...value.shape.slice(-2)])
  return apply(opNamed("matmul"), [repeated(a!), repeated(b!)])
}

/** Several values joined. Source: onnx.ai/onnx/operators/onnx__Concat.html */
const concat: Kernel = (node, [first, ...others]) => {
  const axis = Number(attribute(node, "axis"))
  return others.reduce((joined, value) => apply(opNamed("concat"), [joined, value], { axis }), first!)
}

/** A part, or the value turned round where steps are −1. Source: onnx.ai/onnx/operators/onnx__Slice.html */
const slice: Kernel = (_, [value, ...given]) => {
  const [starts, ends, axes, steps] = given.map(({ data }) => [...data])
  if (steps!.every((step) => step === -1)) return apply(opNamed("reverse"), [value!], { axes: axes! })
  return apply(opNamed("slice"), [value!], { starts: starts!, ends: ends!, axes: axes!, steps: steps! })
}

/** Nearest neighbours, to a multiple of the size. Source: onnx.ai/onnx/operators/onnx__Resize.html */
const resize: Kernel = (_, [value, , , sizes]) => {
  const size = [2, 3].map((axis) => sizes!.data[axis]! / value!.shape[axis]!)
  return apply(opNamed("upsample2d"), [value!], { size })
}

/** A convolution, and a bias per channel. Source: onnx.ai/onnx/operators/onnx__Conv.html */
const conv: Kernel = (node, [x, w, bias]) => {
  const result = kernelOf(opNamed("conv2d"))(node, [x!, w!])
  if (bias === undefined) return result
  const column = { ...bias, shape: [bias.shape[0]!, 1, 1] }
  return apply(opNamed("add"), [result, expandTo(column, result.shape)])
}

const elementwise =
  (of: (a: number, b: number) => number): Kernel =>
  (_, operands) => {
    const [a, b] = broadcast(operands) as [Value, Value]
    return { shape: a.shape, data: a.data.map((element, i) => of(element, b.data[i]!)) }
  }

/** In float64 every element type is one, and casts of the numbers that occur change nothing. */
const same: Kernel = (_, [value]) => value!

const isCast = ({ opType }: { readonly opType: string }): boolean => opType === "Cast"

/** Ops that are one ONNX node, but for a cast of the result. */
const fromTable = Object.values(table).filter((op) => op.onnx?.slice(1).every(isCast) === true)

/** Every ONNX op that the encoder writes, but for Loop, by its name in ONNX. */
export const kernels: Readonly<Record<string, Kernel>> = {
  ...Object.fromEntries(fromTable.map((op) => [op.onnx![0].opType, kernelOf(op)])),
  Gemm: gemm,
  MatMul: matmul,
  Transpose: kernelOf(opNamed("permute")),
  Concat: concat,
  Slice: slice,
  Resize: resize,
  Conv: conv,
  Min: elementwise(Math.min),
  GreaterOrEqual: elementwise((a, b) => (a >= b ? 1 : 0)),
  Cast: same,
  Identity: same
}
