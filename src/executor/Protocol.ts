/**
 * What a controller and its worker processes say to each other, as plain messages. Knows nothing of what stages do.
 */
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

/** An error, as far as it crosses the border between processes. */
export interface Failure {
  readonly tag: string
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Worker → controller. */
export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly report: Report }
  | { readonly type: "done"; readonly result: Result }
  | { readonly type: "failed"; readonly failure: Failure }
  /** It was asked to stop, and has saved what it could. */
  | { readonly type: "stopped" }
