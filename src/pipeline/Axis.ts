/**
 * An axis as a parameter of a pipeline: the schema of a list whose every value is a cell of a sweep, and what such a list must
 * not be. Knows nothing of how it is written on a command line.
 */
import * as Schema from "effect/Schema"
import { canonicalValue } from "./canonical.ts"
import { SweepInvalid } from "./Errors.ts"

const ANNOTATION = "brink/axis"

/** The schema of a list that is an axis; its types tell it from other lists. */
export interface Axis<S extends Schema.Constraint> extends Schema.$Array<S> {
  readonly "~brink/Axis": S
}

/**
 * A parameter that a sweep goes over: `params: { ratio: Sweep.axis(Schema.Finite) }`, `defaults: { ratio: [0.5, 1, 2] }`.
 * `build` is given the list; on the command line it is `-S ratio=0.5,1,2`, and addresses name its value in every cell.
 */
export const axis = <S extends Schema.Constraint>(value: S): Axis<S> =>
  Object.assign(Schema.Array(value).annotate({ [ANNOTATION]: value }), { "~brink/Axis": value })

/** The schema of the values of an axis; `undefined` for a parameter that is none. */
export const elementOf = (field: Schema.Constraint): Schema.Constraint | undefined =>
  Schema.resolveAnnotations(field)?.[ANNOTATION] as Schema.Constraint | undefined

/** What tells a value from others; text for numbers, since most values are. */
export const identity = (sweep: string, value: unknown): unknown => {
  if (typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value
    throw new SweepInvalid({ sweep, expected: "values that a key can hold", got: String(value) })
  }
  try {
    return `\0${canonicalValue(value)}`
  } catch (cause) {
    throw new SweepInvalid({ sweep, expected: "values that a key can hold", got: (cause as Error).message })
  }
}

/** Refuses a list that is empty, or holds a value twice, or one that no key can hold. */
export const checkAxis = (sweep: string, values: ReadonlyArray<unknown>): void => {
  if (values.length === 0) throw new SweepInvalid({ sweep, expected: "at least one value", got: "none" })
  const seen = new Set<unknown>()
  for (const value of values) {
    const known = identity(sweep, value)
    if (seen.has(known))
      throw new SweepInvalid({ sweep, expected: "every value once", got: `${JSON.stringify(value)} twice` })
    seen.add(known)
  }
}
