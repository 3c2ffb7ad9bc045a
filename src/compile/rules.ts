/**
 * The ops that can be written out, by name: those that calculate element by element, as formulas, and those that only place
 * elements, as the index of the input's element. An op that is missing here is left to ONNX.
 */
import type { Attributes, Node } from "../graph/Node.ts"
import type { FloatDType } from "../tensor/DType.ts"
import { type Shape, sameShape } from "../tensor/Shape.ts"
import type { Operation } from "../wasm/Arithmetic.ts"
import { type Expression, numberOf, operationOf } from "./Expression.ts"
import { choose, exp, log, power, sigmoid, tanh } from "./functions.ts"

/** An element of the result, of those of the inputs. */
type Formula = (x: ReadonlyArray<Expression>, attributes: Attributes, dtype: FloatDType) => Expression

const operation =
  (name: Operation): Formula =>
  (x) =>
    operationOf(name, ...x)

const one = numberOf(1)
const zero = numberOf(0)

export const formulas: Readonly<Record<string, Formula>> = {
  add: operation("add"),
  sub: operation("sub"),
  mul: operation("mul"),
  div: operation("div"),
  neg: operation("neg"),
  abs: operation("abs"),
  sqrt: operation("sqrt"),
  equal: operation("equal"),
  exp: ([a], _, dtype) => exp(a!, dtype),
  log: ([a], _, dtype) => log(a!, dtype),
  tanh: ([a], _, dtype) => tanh(a!, dtype),
  sigmoid: ([a], _, dtype) => sigmoid(a!, dtype),
  reciprocal: ([a]) => operationOf("div", one, a!),
  relu: ([a]) => choose(zero, a!, zero, a!),
  positive: ([a]) => choose(a!, zero, one, zero),
  sign: ([a]) => choose(a!, zero, one, choose(zero, a!, numberOf(-1), operationOf("add", a!, zero))), // NaN stays
  pow: ([a], { exponent }) => {
    const product = power(a!, Math.abs(Number(exponent)))
    return Number(exponent) > 0 ? product : operationOf("div", one, product)
  }
}

/** Of formulas that not all attributes have: whether these do. */
const limits: Readonly<Record<string, (attributes: Attributes) => boolean>> = {
  pow: ({ exponent }) => Number.isInteger(exponent) && exponent !== 0 && Math.abs(Number(exponent)) <= 16
}

/** Where along an axis: `start + step · i`, with i the index of a loop; `start` alone without a loop. */
export interface Place {
  readonly loop: number | undefined
  readonly start: number
  readonly step: number
}

/** A place for each axis of a value. */
export type Index = ReadonlyArray<Place>

const first: Place = { loop: undefined, start: 0, step: 0 }

/** The element of the input that an element of the result is; undefined where its index is not such a formula. */
type View = (node: Node, index: Index) => Index | undefined

const withoutOnes = (shape: Shape): Shape => shape.filter((size) => size !== 1)

const numbers = (attributes: Attributes, name: string): ReadonlyArray<number> =>
  attributes[name] as ReadonlyArray<number>

export const views: Readonly<Record<string, View>> = {
  transpose: (_, index) => [...index.slice(0, -2), index.at(-1)!, index.at(-2)!],
  permute: ({ attributes }, index) => {
    const order = numbers(attributes, "order")
    return index.map((_, axis) => index[order.indexOf(axis)]!)
  },
  expand: ({ inputs, shape }, index) => {
    const from = inputs[0]!.shape
    const extra = shape.length - from.length
    return from.map((size, axis) => (size === shape[extra + axis] ? index[extra + axis]! : first))
  },
  slice: ({ attributes }, index) => {
    const [axes, starts, steps] = ["axes", "starts", "steps"].map((name) => numbers(attributes, name))
    return index.map((place, axis) => {
      const i = axes!.indexOf(axis)
      if (i < 0) return place
      return { ...place, start: starts![i]! + steps![i]! * place.start, step: steps![i]! * place.step }
    })
  },
  /** Of axes of size 1 that come or go. */
  reshape: ({ inputs, shape }, index) => {
    const from = inputs[0]!.shape
    if (!sameShape(withoutOnes(from), withoutOnes(shape))) return undefined
    const places = index.filter((_, axis) => shape[axis] !== 1)
    let next = 0
    return from.map((size) => (size === 1 ? first : places[next++]!))
  }
}

/** What a node is to the writer: a value from outside, a formula, a view, or one of those that have loops of their own. */
export type Kind = "leaf" | "formula" | "view" | "reduction" | "product"

const reductions: Readonly<Record<string, Operation>> = { sum: "add", max: "max" }

/** How a reduction joins elements. */
export const joinedBy = ({ op }: Node): Operation => reductions[op]!

/** Undefined: there is no rule for it. */
export const kindOf = ({ op, attributes }: Node): Kind | undefined => {
  if (op === "input" || op === "data") return "leaf"
  if (op === "constant") return "value" in attributes ? "formula" : "leaf"
  if (limits[op]?.(attributes) === false) return undefined
  if (Object.hasOwn(formulas, op)) return "formula"
  if (Object.hasOwn(views, op)) return "view"
  if (Object.hasOwn(reductions, op)) return "reduction"
  return op === "matmul" ? "product" : undefined
}
