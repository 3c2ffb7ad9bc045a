/**
 * What the parameters of a model are, as plain data: later stages draw initial weights from it without knowing the model.
 */
import * as Schema from "effect/Schema"

/** How a parameter starts: uniform on [−bound, bound), normal with mean 0, or the same number everywhere. */
export const Initial = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("uniform"), bound: Schema.Finite }),
  Schema.Struct({ kind: Schema.Literal("normal"), deviation: Schema.Finite }),
  Schema.Struct({ kind: Schema.Literal("constant"), value: Schema.Finite })
])
export type Initial = typeof Initial.Type

/** A parameter; its name is also the name of its input in the model's graphs. */
export const ParameterSpec = Schema.Struct({
  name: Schema.String,
  shape: Schema.Array(Schema.Int),
  initial: Initial
})
export type ParameterSpec = typeof ParameterSpec.Type
