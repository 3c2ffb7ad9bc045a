/**
 * What can be wrong about shapes and element types. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"
import { formatShape } from "./Shape.ts"

const Sizes = Schema.Array(Schema.Number)

/** Two shapes that must agree do not. */
export class ShapeMismatch extends Schema.TaggedError<ShapeMismatch>()("ShapeMismatch", {
  op: Schema.String,
  where: Schema.String,
  expected: Sizes,
  actual: Sizes
}) {
  override get message(): string {
    return `${this.op}: ${this.where} has shape ${formatShape(this.actual)}, expected ${formatShape(this.expected)}. Check the sizes given to ${this.op}.`
  }
}

/** Two element types that must agree do not. */
export class DTypeMismatch extends Schema.TaggedError<DTypeMismatch>()("DTypeMismatch", {
  op: Schema.String,
  where: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `${this.op}: ${this.where} is ${this.actual}, expected ${this.expected}. Build the model and its data with one dtype.`
  }
}
