/**
 * ONNX nodes to be, as data: what a node of the graph becomes before it has names. Knows the form of ONNX, not its bytes.
 */
import type { Graph } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import type { DType } from "../tensor/DType.ts"
import type { Shape } from "../tensor/Shape.ts"

/** Opset of every model. 21 is understood by onnxruntime from 1.18 on and contains every form of the op table. */
export const opsetVersion = 21
/** The ONNX file format that came with opset 21. */
export const irVersion = 10

export type CallAttribute =
  | { readonly int: number }
  | { readonly ints: ReadonlyArray<number> }
  | { readonly string: string }
  /** Stored as float32: only for numbers that float32 holds exactly, so that float64 graphs lose nothing. */
  | { readonly float: number }

/** Elements known now; they become an initializer. */
export interface Literal {
  readonly label: string
  readonly elements: ReadonlyArray<number>
  readonly shape: Shape
  readonly dtype: DType
}

/** Stands for an input that ONNX may do without, before one that is given. */
export const absent = "absent"

/** A function that a model defines for itself: what it is called, and a graph of what it does, made when it is asked for. */
export interface FunctionCalled {
  readonly name: string
  readonly inside: () => Graph
}

/** The domain of functions that models define. */
export const functionDomain = "brink"

/** What the names of an op's functions begin with. */
export const functionPrefix = (op: string): string => `${op}_`

/** One ONNX node, whose operands may be nodes of their own that no graph node stands for. */
export interface Call {
  readonly opType: string
  /** Where the node calls a function of the model, by its name as the type. */
  readonly calls?: FunctionCalled
  readonly operands: ReadonlyArray<Operand | typeof absent>
  readonly attributes: Readonly<Record<string, CallAttribute>>
  readonly shape: Shape
  /** Absent between the steps of an op, where only ONNX knows it. */
  readonly dtype?: DType
}

export type Operand = Node | Call | Literal

export const isCall = (operand: Operand): operand is Call => "opType" in operand
export const isLiteral = (operand: Operand): operand is Literal => "elements" in operand

/** A list of sizes or axes, as the constant int64 input that ONNX asks for. `[k]` */
export const integers = (label: string, elements: ReadonlyArray<number>): Literal => ({
  label,
  elements,
  shape: [elements.length],
  dtype: "int64"
})

/** One number. `[]` */
export const number = (value: number, dtype: DType): Literal => ({
  label: "constant",
  elements: [value],
  shape: [],
  dtype
})

/** The shape that ONNX gives to an elementwise op of these operands; undefined if it refuses them. */
export const broadcastShape = (a: Shape, b: Shape): Shape | undefined => {
  const rank = Math.max(a.length, b.length)
  const result: Array<number> = []
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const x = a[a.length - fromEnd] ?? 1
    const y = b[b.length - fromEnd] ?? 1
    if (x !== y && x !== 1 && y !== 1) return undefined
    result.unshift(x === 1 ? y : x)
  }
  return result
}
