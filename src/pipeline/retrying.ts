/**
 * What follows a failure: another attempt after a wait that grows, as often as the stage allows for what went wrong. What
 * the store has against an action is no reason to try again. Knows nothing of how an action is carried out.
 */
import * as Effect from "effect/Effect"
import type { Retries } from "./Conduct.ts"
import type { ExecutionFailure } from "./Executor.ts"

const FIRST_WAIT_MILLISECONDS = 1_000
const LONGEST_WAIT_MILLISECONDS = 60_000

const CLASSES: { readonly [Tag in ExecutionFailure["_tag"]]?: keyof Retries } = {
  WorkerDied: "died",
  TimedOut: "timedOut",
  StageFailed: "failed"
}

/** Tries an effect again as often as allowed; `onRetry` is told of every failure that does not count, and of the wait. */
export const retrying = <A, E extends { readonly _tag: string }, E2, R, R2>(
  allowed: Required<Retries>,
  effect: Effect.Effect<A, E, R>,
  onRetry: (error: E, attempt: number, milliseconds: number) => Effect.Effect<unknown, E2, R2>
): Effect.Effect<A, E | E2, R | R2> => {
  const left = { ...allowed }
  const attempt = (number: number): Effect.Effect<A, E | E2, R | R2> =>
    Effect.catch(effect, (error) => {
      const kind = CLASSES[error._tag as ExecutionFailure["_tag"]]
      if (kind === undefined || left[kind] === 0) return Effect.fail(error)
      left[kind]--
      const wait = Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** (number - 1))
      return onRetry(error, number, wait).pipe(Effect.andThen(Effect.sleep(wait)), Effect.andThen(attempt(number + 1)))
    })
  return Effect.suspend(() => attempt(1))
}
