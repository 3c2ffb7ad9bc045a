/**
 * What a module of steps says of itself: what it is given, what it makes, and where in its memory each lies. It stands in the module,
 * as a section of its own, so that whoever runs the module needs nothing else. Knows nothing of graphs.
 */
import * as Schema from "effect/Schema"

const Value = Schema.Struct({
  name: Schema.String,
  dtype: Schema.Literals(["float32", "float64"]),
  shape: Schema.Array(Schema.Int),
  /** In memory. Unit: bytes */
  offset: Schema.Int
})

export const Description = Schema.Struct({
  version: Schema.Literal(1),
  name: Schema.String,
  /** The name of the input, an int64, that says how many steps a run has. */
  steps: Schema.String,
  /** How many steps one call makes at most: there is room for what is kept of so many. */
  stepsAtOnce: Schema.Int,
  /** Given when the module is opened, and at every run. */
  data: Schema.Array(Value),
  inputs: Schema.Array(Value),
  /** What is carried from step to step: each lies where one of the inputs does. */
  state: Schema.Array(Value),
  /** Of which every step's value is kept, one after the other. */
  kept: Schema.Array(Value)
})
export type Description = typeof Description.Type

/** The names by which modules and those who run them know each other. */
export const sectionName = "brink"
export const runName = "run"
