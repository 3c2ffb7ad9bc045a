/**
 * What an op is: one value that holds every rule of it. Adding an op means writing one such value, one line in `Build.ts`
 * and one word in `table.ts`. Knows nothing of graphs as a whole: the folds in `autodiff` and `evaluate.ts` drive the rules.
 *
 * Letters in rules, always the same: `x` inputs, `y` result, `ct` = ȳ cotangent of the result, `d` = ẋ tangent of one input.
 */
import type { Attributes, Node } from "../graph/Node.ts"
import type { DType } from "../tensor/DType.ts"
import type { Shape } from "../tensor/Shape.ts"
import type { Builder } from "./Build.ts"

type Tuple<T, N extends number, R extends ReadonlyArray<T> = readonly []> = R["length"] extends N
  ? R
  : Tuple<T, N, readonly [...R, T]>

/** Where a rule is applied: the builder it may use, and the node it differentiates. */
export interface At<N extends number, A> {
  readonly g: Builder
  readonly x: Tuple<Node, N>
  readonly y: Node
  readonly attributes: A
}

/** Where a node is about to be made. */
export type Before<N extends number, A> = Omit<At<N, A>, "y"> & { readonly shape: Shape; readonly dtype: DType }

/** `null`: the derivative is zero wherever it exists, so it contributes nothing. */
type Rule<Given> = ((at: Given) => Node) | null | "not differentiable"

/** How the cotangent of the result reaches one input. */
export type Vjp<N extends number, A> = Rule<At<N, A> & { readonly ct: Node }>
/** How the tangent of one input reaches the result. */
export type Jvp<N extends number, A> = Rule<At<N, A> & { readonly d: Node }>

/**
 * The value of an ONNX attribute: an attribute of the node (`number`, `boolean` → INT, list → INTS), a literal, the ONNX
 * code of the result's element type (INT), or the order of axes that swaps the last two (INTS).
 */
export type OnnxAttribute =
  | { readonly from: string }
  | { readonly int: number }
  | { readonly ints: ReadonlyArray<number> }
  | { readonly string: string }
  | { readonly dtype: "result" }
  | { readonly order: "last two swapped" }

/**
 * A constant ONNX input: a list attribute of the node as int64 `[length]`, or one integer for each of its elements; the
 * shape of the result; a number attribute of the node or a literal, as scalar `[]` of the first input's dtype; or none,
 * where ONNX may do without.
 */
export type OnnxOperand =
  | { readonly from: string }
  | { readonly forEach: string; readonly int: number }
  | { readonly shape: "result" }
  | { readonly number: string }
  | { readonly float: number }
  | "absent"

/**
 * One ONNX node of an op. Its inputs are the op's inputs (first step) or the result of the step before (later steps),
 * followed by `operands`. `since` is the opset that introduced this form.
 */
export interface OnnxStep {
  readonly opType: string
  readonly since: number
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  readonly operands?: ReadonlyArray<OnnxOperand>
}

type OnnxSteps = readonly [OnnxStep, ...ReadonlyArray<OnnxStep>]

/** Arguments on which the tests try an op; elements are drawn from `range`, [−1, 1] unless given. */
export interface Example<N extends number, A> {
  readonly shapes: Tuple<Shape, N>
  readonly attributes: A
  readonly range?: readonly [low: number, high: number]
}

export interface Rules<N extends number, A> {
  /** Errors  ShapeMismatch, RankMismatch, AxisOutOfRange */
  readonly shape: (x: Tuple<Shape, N>, attributes: A) => Shape
  /** Errors  DTypeMismatch */
  readonly dtype: (x: Tuple<DType, N>, attributes: A) => DType
  readonly vjp: Tuple<Vjp<N, A>, N>
  /** `"multilinear"`: the tangent through input k is the op itself with input k replaced by its tangent. */
  readonly jvp: Tuple<Jvp<N, A>, N> | "multilinear"
  /** The meaning, in float64: elements of the inputs, their shapes, attributes, shape of the result. */
  readonly evaluate: (
    x: Tuple<Float64Array, N>,
    shapes: Tuple<Shape, N>,
    attributes: A,
    shape: Shape
  ) => Float64Array<ArrayBuffer>
  /** An equal, cheaper node, where there is one. */
  readonly simplify?: (at: Before<N, A>) => Node | undefined
  /** Works element by element, so it maps filled constants to filled constants. */
  readonly elementwise?: boolean
  /** a ∘ b = b ∘ a, exactly. */
  readonly commutative?: boolean
  /** Multiplications and additions, for ops that do many for each element: shapes of the inputs, and of the result. */
  readonly operations?: (x: Tuple<Shape, N>, shape: Shape) => number
  /** In ONNX: each step takes the result of the one before. Absent where `composed` always has an answer. */
  readonly onnx?: OnnxSteps
  /**
   * The op made of other ops of the table, for the encoder: where ONNX has no such op, onnxruntime no kernel for the element
   * type, or another form is faster. Undefined: the form in `onnx` is used. Derivatives never see it.
   */
  readonly composed?: (at: Before<N, A>) => Node | undefined
  /**
   * Element types in which the encoder writes what the op is made of as an ONNX function of its name, because a runtime may
   * know the op as a whole.
   */
  readonly asFunction?: ReadonlyArray<DType>
  readonly examples: ReadonlyArray<Example<N, A>>
}

export interface Op<N extends number, A> extends Rules<N, A> {
  readonly name: string
  readonly arity: N
}

type NoAttributes = Readonly<Record<never, never>>

/**
 * An op. Curried, so that the arity is known before the rules are checked: a missing rule does not compile.
 */
export const define =
  <const N extends number>(name: string, arity: N) =>
  <A = NoAttributes>(rules: Rules<N, A>): Op<N, A> => ({ name, arity, ...rules })

type AnyAt = Omit<At<0, Attributes>, "x"> & { readonly x: ReadonlyArray<Node> }
type AnyBefore = Omit<Before<0, Attributes>, "x"> & { readonly x: ReadonlyArray<Node> }

/** An op whose arity and attributes are forgotten, for code that folds over graphs. */
export interface AnyOp {
  readonly name: string
  readonly arity: number
  readonly shape: (x: ReadonlyArray<Shape>, attributes: Attributes) => Shape
  readonly dtype: (x: ReadonlyArray<DType>, attributes: Attributes) => DType
  readonly vjp: ReadonlyArray<Rule<AnyAt & { readonly ct: Node }>>
  readonly jvp: ReadonlyArray<Rule<AnyAt & { readonly d: Node }>> | "multilinear"
  readonly evaluate: (
    x: ReadonlyArray<Float64Array>,
    shapes: ReadonlyArray<Shape>,
    attributes: Attributes,
    shape: Shape
  ) => Float64Array<ArrayBuffer>
  readonly simplify?: (at: AnyBefore) => Node | undefined
  readonly elementwise?: boolean
  readonly commutative?: boolean
  readonly operations?: (x: ReadonlyArray<Shape>, shape: Shape) => number
  readonly onnx?: OnnxSteps
  readonly composed?: (at: AnyBefore) => Node | undefined
  readonly asFunction?: ReadonlyArray<DType>
  readonly examples: ReadonlyArray<{
    readonly shapes: ReadonlyArray<Shape>
    readonly attributes: Attributes
    readonly range?: readonly [low: number, high: number]
  }>
}
