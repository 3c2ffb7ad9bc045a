/**
 * How far a stage is, for people who watch. Never part of a value. Knows nothing of terminals.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export interface Report {
  /** Between 0 and 1, where it can be told. */
  readonly fraction?: number
  /** What to read beside the bar, such as a loss. */
  readonly numbers?: Readonly<Record<string, number>>
  /** Steps done so far; whoever shows it derives the rate. */
  readonly steps?: number
}

export class Progress extends Context.Service<
  Progress,
  {
    readonly report: (report: Report) => Effect.Effect<void>
  }
>()("brink/pipeline/Progress") {}
