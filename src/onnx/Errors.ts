/**
 * What can go wrong between a graph and its ONNX bytes. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"

/** A graph that has no ONNX form: one name for two values, or loop-carried values that do not fit. */
export class NotEncodable extends Schema.TaggedError<NotEncodable>()("NotEncodable", {
  graph: Schema.String,
  where: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `graph "${this.graph}" has no ONNX form: ${this.where} is ${this.actual}, expected ${this.expected}.`
  }
}

/** Bytes that are not an ONNX model, or not one that can be run here. */
export class NotAModel extends Schema.TaggedError<NotAModel>()("NotAModel", {
  reason: Schema.String
}) {
  override get message(): string {
    return `not an ONNX model: ${this.reason}. The bytes are truncated or another file; make the model again.`
  }
}
