/**
 * What can be wrong about the bytes of a module. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"

/** Bytes that are not a module of steps. */
export class NotAModule extends Schema.TaggedError<NotAModule>()("NotAModule", {
  reason: Schema.String
}) {
  override get message(): string {
    return `not a module of steps: ${this.reason}. The bytes are truncated or another file; make the model again.`
  }
}
