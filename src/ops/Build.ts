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

export type Exponent = {
  readonly exponent: number
}

export type Order = {
  /** Axis i of the result is axis order[i] of the value. */
  readonly order: ReadonlyArray<number>
}

export type Pads = {
  /** Zeros before the first axis, the second, …, then after the first, the second, … */
  readonly pads: ReadonlyArray<number>
}

export type Range = {
  /** The axes that are cut; the lists that follow have an entry for each. */
  readonly axes: ReadonlyArray<number>
  readonly starts: ReadonlyArray<number>
  /** The first index that is left out. */
  readonly ends: ReadonlyArray<number>
  /** Every how many-th element is kept. */
  readonly steps: ReadonlyArray<number>
}

/** A convolution over the last two axes. */
export type Convolution = {
  /** [rows, columns] */
  readonly strides: ReadonlyArray<number>
  /** Zeros around the image: [top, left, bottom, right], each less than the kernel's size. */
  readonly padding: ReadonlyArray<number>
}

/** Windows that tile the last two axes. */
export type Window = {
  /** [rows, columns] */
  readonly size: ReadonlyArray<number>
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
  /** 1 / a. [S] → [S] */
  reciprocal(a: Node): Node
  /** 1 / √a. [S] → [S] */
  rsqrt(a: Node): Node
  /** a to a constant power. [S] → [S] */
  pow(a: Node, attributes: Exponent): Node
  /** |a|, with derivative 0 at 0. [S] → [S] */
  abs(a: Node): Node
  /** −1, 0 or 1; its derivative contributes nothing. [S] → [S] */
  sign(a: Node): Node
  /** tanh a. [S] → [S] */
  tanh(a: Node): Node
  /** max(a, 0), with relu′(0) = 0. [S] → [S] */
  relu(a: Node): Node
  /** 1 where a > 0, else 0; its derivative contributes nothing. [S] → [S] */
  positive(a: Node): Node
  /** 1 / (1 + e⁻ᵃ). [S] → [S] */
  sigmoid(a: Node): Node
  /** log(1 + eᵃ), without overflow. [S] → [S] */
  softplus(a: Node): Node
  /** a / (1 + |a|). [S] → [S] */
  softsign(a: Node): Node
  /** The error function 2/√π ∫₀ᵃ e^(−t²) dt. [S] → [S] */
  erf(a: Node): Node
  /** 1 where a = b, else 0; its derivative contributes nothing. [S], [S] → [S] */
  equal(a: Node, b: Node): Node
  /** Matrix product, for each index of the leading axes B. [B, m, k], [B, k, n] → [B, m, n] */
  matmul(a: Node, b: Node): Node
  /** Swaps the last two axes. [B, m, n] → [B, n, m] */
  transpose(a: Node): Node
  /** The axes in another order. [S] → [S[order]] */
  permute(a: Node, attributes: Order): Node
  /** The same elements in the same row-major order. [S] → [shape] */
  reshape(a: Node, attributes: ToShape): Node
  /** Repeats along axes of size 1 and along new leading axes. [S] → [shape] */
  expand(a: Node, attributes: ToShape): Node
  /** Zeros around. [S] → [S + pads] */
  pad(a: Node, attributes: Pads): Node
  /** Elements start, start + step, … below end, of some axes. [S] → [S, shorter] */
  slice(a: Node, attributes: Range): Node
  /** The other way round along axes. [S] → [S] */
  reverse(a: Node, attributes: { readonly axes: ReadonlyArray<number> }): Node
  /** a, then b, along an axis. [.., p, ..], [.., q, ..] → [.., p + q, ..] */
  concat(a: Node, b: Node, attributes: Axis): Node
  /** Sums over axes. [S] → [S without axes], or axes of size 1 with keepDims */
  sum(a: Node, attributes: Axes): Node
  /** Largest over axes; equals share its derivative evenly. [S] → [S without axes], or axes of size 1 with keepDims */
  max(a: Node, attributes: Axes): Node
  /** log Σ eᵃ over axes, without overflow. [S] → [S without axes], or axes of size 1 with keepDims */
  logSumExp(a: Node, attributes: Axes): Node
  /** eᵃ / Σ eᵃ along an axis, without overflow. [S] → [S] */
  softmax(a: Node, attributes: Axis): Node
  /** Index of the first largest element along an axis, in the dtype of a; not differentiable. [S] → [S without axis] */
  argMax(a: Node, attributes: Axis): Node
  /** Images x with kernels w (not flipped). [N, I, H, W], [O, I, h, w] → [N, O, H′, W′] */
  conv2d(x: Node, w: Node, attributes: Convolution): Node
  /**
   * What conv2d does to a cotangent of its result, to reach its image: transposed convolution. The image had
   * `outputPadding` rows and columns that its strides never reached. [N, O, H′, W′], [O, I, h, w] → [N, I, H, W]
   */
  conv2dImage(ct: Node, w: Node, attributes: Convolution & { readonly outputPadding: ReadonlyArray<number> }): Node
  /**
   * What conv2d does to a cotangent of its result, to reach its kernels, of the given `kernel` size.
   * [N, I, H, W], [N, O, H′, W′] → [O, I, h, w]
   */
  conv2dKernel(x: Node, ct: Node, attributes: Convolution & { readonly kernel: ReadonlyArray<number> }): Node
  /** Mean of every window. [N, C, H, W] → [N, C, H/h, W/w] */
  avgPool2d(a: Node, attributes: Window): Node
  /** Largest of every window; equals share its derivative evenly. [N, C, H, W] → [N, C, H/h, W/w] */
  maxPool2d(a: Node, attributes: Window): Node
  /** Repeats every element over a window. [N, C, H, W] → [N, C, H·h, W·w] */
  upsample2d(a: Node, attributes: Window): Node
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
