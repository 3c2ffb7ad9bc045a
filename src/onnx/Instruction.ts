/**
 * Named ONNX nodes and constants, as data: what a graph becomes before it has bytes. Knows nothing of how one is made.
 */
import type { DType } from "../tensor/DType.ts"
import type { Shape } from "../tensor/Shape.ts"
import type { CallAttribute, FunctionCalled, Literal } from "./Call.ts"

export interface Value {
  readonly name: string
  readonly shape: Shape
  /** Absent between the steps of an op. */
  readonly dtype?: DType
  /** How many loops it stands in. */
  readonly level: number
}

export interface Instruction {
  readonly opType: string
  readonly calls?: FunctionCalled
  /** Names of values; "" is an input that is left out. */
  readonly inputs: ReadonlyArray<string>
  readonly output: Value
  readonly attributes: Readonly<Record<string, CallAttribute>>
  readonly doc: string
}

export interface Initializer {
  readonly name: string
  readonly literal: Literal
}
