/**
 * What can be wrong about a graph. Thrown by plain code; turned into failures at the edge.
 */
import * as Schema from "effect/Schema"
import { formatShape } from "../tensor/Shape.ts"

const Names = Schema.Array(Schema.String)
const Sizes = Schema.Array(Schema.Number)

const listed = (names: ReadonlyArray<string>): string => (names.length === 0 ? "none" : names.join(", "))

/** A node's op is not in the table of ops. */
export class UnknownOp extends Schema.TaggedError<UnknownOp>()("UnknownOp", {
  op: Schema.String,
  known: Names
}) {
  override get message(): string {
    return `There is no op "${this.op}". Known ops: ${listed(this.known)}.`
  }
}

/** An output depends on an input that was not listed, or that was given no value. */
export class UnboundInput extends Schema.TaggedError<UnboundInput>()("UnboundInput", {
  graph: Schema.String,
  name: Schema.String,
  known: Names
}) {
  override get message(): string {
    return `${this.graph} depends on "${this.name}", which is not among what it is given: ${listed(this.known)}. Give it a value under that name.`
  }
}

/** A derivative was asked for through an op that has none. */
export class NotDifferentiable extends Schema.TaggedError<NotDifferentiable>()("NotDifferentiable", {
  op: Schema.String,
  /** Position of the input whose derivative was needed. */
  input: Schema.Number,
  /** Ops from this one to the result that is differentiated. */
  path: Names
}) {
  override get message(): string {
    return `${this.op} has no derivative in its input ${this.input}, but one is needed on the way ${this.path.join(" → ")}. Differentiate a value that does not pass through ${this.op}.`
  }
}

/** A value has the wrong number of axes. */
export class RankMismatch extends Schema.TaggedError<RankMismatch>()("RankMismatch", {
  op: Schema.String,
  where: Schema.String,
  expected: Schema.Number,
  actual: Sizes
}) {
  override get message(): string {
    return `${this.op}: ${this.where} has shape ${formatShape(this.actual)}, expected ${this.expected} axes, got ${this.actual.length}. Reshape it first.`
  }
}

/** An axis is not one of the value's, or is given twice. */
export class AxisOutOfRange extends Schema.TaggedError<AxisOutOfRange>()("AxisOutOfRange", {
  op: Schema.String,
  axis: Schema.Number,
  shape: Sizes
}) {
  override get message(): string {
    return `${this.op}: axis ${this.axis} of shape ${formatShape(this.shape)} was asked for, expected distinct whole numbers from 0 to ${this.shape.length - 1}. Count axes from 0.`
  }
}

/** A graph whose outputs do not become the inputs of its next step. */
export class NotRepeatable extends Schema.TaggedError<NotRepeatable>()("NotRepeatable", {
  graph: Schema.String,
  where: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `graph "${this.graph}" cannot be repeated: ${this.where} is ${this.actual}, expected ${this.expected}. Check what is carried from step to step.`
  }
}

/** An attribute of an op cannot be. */
export class InvalidAttribute extends Schema.TaggedError<InvalidAttribute>()("InvalidAttribute", {
  op: Schema.String,
  attribute: Schema.String,
  expected: Schema.String,
  actual: Sizes
}) {
  override get message(): string {
    return `${this.op}: ${this.attribute} is ${formatShape(this.actual)}, expected ${this.expected}. Check what is given to ${this.op}.`
  }
}
