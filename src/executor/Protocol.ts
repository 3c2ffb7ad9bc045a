/**
 * What a controller and its worker processes say to each other, as plain messages. Knows nothing of what stages do.
 */
import * as Schema from "effect/Schema"
import { ArtifactCorrupt, ArtifactMissing, StoreUnavailable } from "../pipeline/Errors.ts"
import type { Task } from "../pipeline/Executor.ts"
import type { Report } from "../pipeline/Progress.ts"
import type { Result } from "../pipeline/Result.ts"

/** Controller → worker. */
export interface Assignment {
  readonly task: Task
  /** The project's folder: where bundles lie and packages are found. */
  readonly root: string
  readonly store: string
  readonly checkpointMilliseconds: number
}

/** What the store has against an action: the runner acts on these, so they cross the border whole. */
export const StoreFailure = Schema.Union([ArtifactMissing, ArtifactCorrupt, StoreUnavailable])

/** Why an action failed. What a stage fails with is told in words: whatever its tag, it is the stage's own. */
export type Failure =
  | { readonly of: "store"; readonly error: typeof StoreFailure.Encoded }
  | { readonly of: "stage"; readonly tag: string; readonly message: string }

/** What a worker writes on both of its streams when an action has ended: an answer may overtake what was written before. */
export const END_OF_OUTPUT = "\u0000brink: end of output\u0000"

/** Worker → controller. */
export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly report: Report }
  | { readonly type: "done"; readonly result: Result }
  | { readonly type: "failed"; readonly failure: Failure }
  /** It was asked to stop, and has saved what it could. */
  | { readonly type: "stopped" }
