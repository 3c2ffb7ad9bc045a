/**
 * Numbers that mean something as parameters of stages and pipelines: a plan refuses any other in one line, before anything
 * runs. A check is no part of a key.
 */
import * as Schema from "effect/Schema"

/** Learning rates and their ratios, tolerances, thresholds that are to be reached. */
export const Positive = Schema.Finite.check(Schema.isGreaterThan(0, { expected: "a number above 0" }))

/** Rates of decay; thresholds, where 0 is one that no loss reaches. */
export const NonNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0, { expected: "a number from 0" }))

/** A part of a whole, up to all of it. */
export const Share = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true }, { expected: "a number above 0, at most 1" })
)

/** A whole number, at least so large. */
export const integerFrom = (least: number) =>
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(least, { expected: `a whole number from ${least}` }))

/** How many samples, steps, vectors: one at least. */
export const Count = integerFrom(1)

/** How many at most, where none is meant too; a step. */
export const Whole = integerFrom(0)
