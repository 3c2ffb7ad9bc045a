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

/** Weights from elsewhere are not those of the model. */
export class WeightsMismatch extends Schema.TaggedError<WeightsMismatch>()("WeightsMismatch", {
  /** As the tensor is called there. */
  name: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `weights: "${this.name}" is ${this.actual}, expected ${this.expected}. Give the weights of this architecture, or say in \`names\` what its parameters are called there.`
  }
}
