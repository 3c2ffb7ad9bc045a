/**
 * One value of a computation: the op that makes it, what it is made from, its shape and element type.
 * Nodes are made by a builder (`ops/builder.ts`) only, so equal computations are one node. Knows nothing of ONNX or of derivatives.
 */
import type { DType } from "../tensor/DType.ts"
import type { Shape } from "../tensor/Shape.ts"

/** Attributes are data: they are hashed, printed and encoded. */
export type Attribute = string | number | boolean | ReadonlyArray<number>
export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  /** `input` (given at every run), `data` (given when a session is opened, by name), `constant`, or an op of the table. */
  readonly op: string
  readonly inputs: ReadonlyArray<Node>
  readonly attributes: Attributes
  readonly shape: Shape
  readonly dtype: DType
}
