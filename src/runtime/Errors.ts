/**
 * What can go wrong when a model is opened or run, whatever runs it.
 */
import * as Schema from "effect/Schema"

/** A model that no session can run: foreign bytes, an op or element type without a kernel, shapes that do not fit. */
export class ModelRejected extends Schema.TaggedError<ModelRejected>()("ModelRejected", {
  model: Schema.String,
  /** The node at fault; "–" where it is the model as a whole. */
  node: Schema.String,
  /** In the words of who refused it. */
  reason: Schema.String,
  hint: Schema.String
}) {
  override get message(): string {
    return `model "${this.model}" was rejected at ${this.node}: ${this.reason}. ${this.hint}`
  }
}

/** A run that ended without a result. */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", {
  model: Schema.String,
  /** `name dtype [shape]` of every input. */
  inputs: Schema.Array(Schema.String),
  cause: Schema.Defect()
}) {
  override get message(): string {
    const reason = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `model "${this.model}" failed: ${reason}. It was given ${this.inputs.join(", ")}; if memory ran out, use fewer samples or run fewer processes.`
  }
}

/** A device that this machine or this installation does not have. */
export class DeviceUnavailable extends Schema.TaggedError<DeviceUnavailable>()("DeviceUnavailable", {
  device: Schema.String,
  available: Schema.Array(Schema.String),
  reason: Schema.String,
  /** What to install. */
  install: Schema.String
}) {
  override get message(): string {
    return `device "${this.device}" is not available: ${this.reason}. This onnxruntime was built for: ${this.available.join(", ") || "none"}; \`brink doctor\` tries which of them work here. ${this.install}`
  }
}

/** A tensor that is not what a model asks for. Found before anything runs. */
export class InputMismatch extends Schema.TaggedError<InputMismatch>()("InputMismatch", {
  model: Schema.String,
  input: Schema.String,
  /** `dtype [shape]`, or "absent". */
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `model "${this.model}": "${this.input}" is ${this.actual}, expected ${this.expected}. Give it tensors of the model they were made for.`
  }
}
