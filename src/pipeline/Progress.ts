/**
 * How far a stage is, for people who watch. Never part of a value. Knows nothing of terminals.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

export interface Report {
  /** Between 0 and 1, where it can be told. */
  readonly fraction?: number
  /** What to read beside the bar, such as a loss. */
  readonly numbers?: Readonly<Record<string, number>>
  /** Steps done so far; whoever shows it derives the rate. */
  readonly steps?: number
  /** What whoever reads the result should know: shown at once, on a line of its own. */
  readonly warning?: string
}

export class Progress extends Context.Service<
  Progress,
  {
    readonly report: (report: Report) => Effect.Effect<void>
  }
>()("brink/pipeline/Progress") {}

/** Tells whoever watches, and the log of the action, what whoever reads the result should know. It fails nothing. */
export const warn = (warning: string): Effect.Effect<void, never, Progress> =>
  Effect.andThen(
    Effect.logWarning(warning),
    Effect.flatMap(Progress, ({ report }) => report({ warning }))
  )
