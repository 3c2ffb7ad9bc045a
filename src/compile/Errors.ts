/**
 * What can go wrong between a graph and its module. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"

/** A graph that cannot be written out as a module: it stays an ONNX model. */
export class NotWritable extends Schema.TaggedError<NotWritable>()("NotWritable", {
  graph: Schema.String,
  /** What there is no rule for. */
  obstacle: Schema.String
}) {
  override get message(): string {
    return `graph "${this.graph}" has no form in WebAssembly: there is no rule for ${this.obstacle}. Encode it as ONNX, or add a rule to src/compile/rules.ts.`
  }
}
