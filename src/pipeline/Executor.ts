/**
 * Who runs actions: a service with one method. The runner decides what runs and when; an executor only does it, and
 * publishes the result itself. Knows nothing of plans.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Action } from "./Action.ts"
import type { ArtifactCorrupt, ArtifactMissing, StageFailed, StoreUnavailable, TimedOut, WorkerDied } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import type { Report } from "./Progress.ts"
import type { Result } from "./Result.ts"

/** Everything that is needed to run one action, as plain data. */
export interface Task {
  readonly address: string
  readonly key: string
  readonly action: Action
  readonly code: Code
  /** The results that the action's inputs come from. */
  readonly inputs: { readonly [name: string]: Result | ReadonlyArray<Result> }
  readonly run: string
  /** Parameters that only say how far the action goes. */
  readonly extends: ReadonlyArray<string>
  /** It is made anew: no state that an earlier execution left counts, and a different result of one gives way. */
  readonly fromStart: boolean
}

export type ExecutionFailure =
  | StageFailed
  | WorkerDied
  | TimedOut
  | ArtifactMissing
  | ArtifactCorrupt
  | StoreUnavailable

export class Executor extends Context.Service<
  Executor,
  {
    /** Interrupting it asks the stage to save its state, and waits until it has. */
    readonly execute: (task: Task, onProgress: (report: Report) => void) => Effect.Effect<Result, ExecutionFailure>
  }
>()("brink/pipeline/Executor") {}
