/**
 * Which network and which loss, as plain data. Knows nothing of graphs: a pipeline can name an architecture without them.
 */
import * as Schema from "effect/Schema"

/** A fully connected network: hidden widths, and the activation after each hidden layer. No widths: a linear model. */
export const Mlp = Schema.Struct({
  kind: Schema.Literal("mlp"),
  widths: Schema.Array(Schema.Int),
  activation: Schema.Literals(["tanh", "relu"])
})
export type Mlp = typeof Mlp.Type

/** A diagonal linear network f(x) = ⟨w ⊙ w, x⟩, with every weight starting at `scale`. One output. */
export const Diagonal = Schema.Struct({
  kind: Schema.Literal("diagonal"),
  scale: Schema.Finite
})
export type Diagonal = typeof Diagonal.Type

export const Architecture = Schema.Union([Mlp, Diagonal])
export type Architecture = typeof Architecture.Type

/** The loss: `mse` is ½ Σ over outputs, mean over samples. */
export const Loss = Schema.Literals(["mse"])
export type Loss = typeof Loss.Type
