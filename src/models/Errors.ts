/**
 * What can be wrong about the description of a model. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"

/** A name that a model is chosen by is not one of those that exist. */
export class UnknownChoice extends Schema.TaggedError<UnknownChoice>()("UnknownChoice", {
  /** What is chosen: "activation", "architecture", "loss". */
  choice: Schema.String,
  name: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `There is no ${this.choice} "${this.name}". Known: ${this.known.join(", ")}.`
  }
}

/** A size of an architecture cannot be. */
export class InvalidArchitecture extends Schema.TaggedError<InvalidArchitecture>()("InvalidArchitecture", {
  architecture: Schema.String,
  field: Schema.String,
  expected: Schema.String,
  actual: Schema.Number
}) {
  override get message(): string {
    return `${this.architecture}: ${this.field} is ${this.actual}, expected ${this.expected}.`
  }
}
