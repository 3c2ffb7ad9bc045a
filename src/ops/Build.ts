/**
 * The vocabulary: every op of a graph as a function from nodes to a node. This is the page to read before writing a graph.
 * Binary ops demand equal shapes; broadcasting is written out with `expand`. All ops work on float32 or float64, and never
 * mix the two. Knows nothing of the rules behind the functions.
 */
import type { Attributes, Node } from "../graph/Node.ts"
import type { DType } from "../tensor/DType.ts"
import type { Shape } from "../tensor/Shape.ts"

export type Axes = {
  readonly axes: ReadonlyArray<number>
  /** Keep the summed axes, with size 1. */
  readonly keepDims: boolean
}

export type Axis = {
  readonly axis: number
}

export type ToShape = {
  readonly shape: Shape
}

/** One function per op of the table; `table.ts` keeps table and page equal. */
export interface Build {
  /** a + b. [S], [S] → [S] */
  add(a: Node, b: Node): Node
  /** a − b. [S], [S] → [S] */
  sub(a: Node, b: Node): Node
  /** a · b, elementwise. [S], [S] → [S] */
  mul(a: Node, b: Node): Node
  /** a / b, elementwise. [S], [S] → [S] */
  div(a: Node, b: Node): Node
  /** −a. [S] → [S] */
  neg(a: Node): Node
  /** eᵃ. [S] → [S] */
  exp(a: Node): Node
  /** Natural logarithm. [S] → [S] */
  log(a: Node): Node
  /** √a. [S] → [S] */
  sqrt(a: Node): Node
  /** tanh a. [S] → [S] */
  tanh(a: Node): Node
  /** max(a, 0), with relu′(0) = 0. [S] → [S] */
  relu(a: Node): Node
  /** 1 where a > 0, else 0; its derivative contributes nothing. [S] → [S] */
  positive(a: Node): Node
  /** 1 where a = b, else 0; not differentiable. [S], [S] → [S] */
  equal(a: Node, b: Node): Node
  /** Matrix product. [m, k], [k, n] → [m, n] */
  matmul(a: Node, b: Node): Node
  /** Swaps the two axes of a matrix. [m, n] → [n, m] */
  transpose(a: Node): Node
  /** The same elements in the same row-major order. [S] → [shape] */
  reshape(a: Node, attributes: ToShape): Node
  /** Repeats along axes of size 1 and along new leading axes. [S] → [shape] */
  expand(a: Node, attributes: ToShape): Node
  /** Sums over axes. [S] → [S without axes], or axes of size 1 with keepDims */
  sum(a: Node, attributes: Axes): Node
  /** Index of the first largest element along an axis, in the dtype of a; not differentiable. [S] → [S without axis] */
  argMax(a: Node, attributes: Axis): Node
}

/** What a computation starts from. Equal arguments give the same node. */
export interface Leaves {
  /** A value given at every run. → [shape] */
  input(name: string, shape: Shape, dtype: DType): Node
  /** A large value given once, when a session is opened. → [shape] */
  data(name: string, shape: Shape, dtype: DType): Node
  /** A literal: one number that fills the shape, or all elements in row-major order. → [shape] */
  constant(value: number | ReadonlyArray<number>, shape: Shape, dtype: DType): Node
}

/** Makes nodes. Equal computations made by one builder are one node, already simplified. */
export interface Builder extends Build, Leaves {
  /**
   * An op by its name, for code that folds over graphs.
   *
   * Errors  UnknownOp, ShapeMismatch, RankMismatch, AxisOutOfRange, DTypeMismatch
   */
  apply(op: string, inputs: ReadonlyArray<Node>, attributes: Attributes): Node
}
