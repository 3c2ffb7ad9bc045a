/**
 * Which optimizer, on which samples, as plain data: what a stage takes. Knows nothing of stages.
 */
import * as Schema from "effect/Schema"
import { type Batches, batches } from "./batches.ts"
import { nesterov, type Optimizer, plain, polyak } from "./Optimizer.ts"

const decay = {
  /** μ: every step takes η μ w off the weights; 0 unless given. */
  weightDecay: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
}

export const OptimizerChoice = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("plain"), ...decay }),
  Schema.Struct({
    kind: Schema.Literals(["polyak", "nesterov"]),
    /** β */
    momentum: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
    ...decay
  })
])
export type OptimizerChoice = typeof OptimizerChoice.Type

const atLeastOne = Schema.isGreaterThanOrEqualTo(1)

/** The samples of a step: all, or seeded draws of `size`, cut from a random order of all or with replacement. */
export const SamplesChoice = Schema.Union([
  Schema.Literal("all"),
  Schema.Struct({
    size: Schema.Int.check(atLeastOne), // B
    seed: Schema.Int,
    replacement: Schema.Boolean,
    /** Steps from one evaluation of the loss of all samples, by which a run is judged, to the next. */
    judgeEvery: Schema.Int.check(atLeastOne)
  })
])
export type SamplesChoice = typeof SamplesChoice.Type

/**
 * The rule of an optimizer.
 *
 * Errors  SettingOutOfRange
 */
export const optimizerOf = (choice: OptimizerChoice): Optimizer => {
  if (choice.kind === "plain") return plain(choice)
  return choice.kind === "polyak" ? polyak(choice) : nesterov(choice)
}

/**
 * The batches of a run on `samples` samples. All have the same size: the last of an order is left out where it is smaller.
 *
 * Errors  SettingOutOfRange
 */
export const batchesOf = (choice: Exclude<SamplesChoice, "all">, samples: number): Batches =>
  batches({ ...choice, samples, remainder: "drop" })
