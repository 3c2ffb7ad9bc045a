/**
 * A stage's saved states, kept under the key of its action: a changed parameter cannot resume a wrong state. A state is an
 * artifact definition, so it is encoded and checked as one. Knows nothing of files or signals.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Artifact from "./Artifact.ts"

export class Checkpoint extends Context.Service<
  Checkpoint,
  {
    /**
     * The newest valid state of this action, then those of actions that differ in what the stage `extends` alone. The
     * stage takes the furthest that it would have passed through itself; there may be none.
     */
    readonly restore: <Name extends string, S>(state: Artifact.Artifact<Name, S>) => Effect.Effect<ReadonlyArray<S>>
    /**
     * Offers the state that the stage is in; `state` is read only when it is saved (every ten seconds, and when the
     * process is asked to stop, in which case this does not return).
     */
    readonly offer: <Name extends string, S>(
      definition: Artifact.Artifact<Name, S>,
      state: () => S
    ) => Effect.Effect<void>
    /** Leaves the last state of a stage that `extends` for actions that go further. */
    readonly leave: <Name extends string, S>(definition: Artifact.Artifact<Name, S>, state: S) => Effect.Effect<void>
  }
>()("brink/pipeline/Checkpoint") {}
