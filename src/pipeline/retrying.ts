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

/**
 * Tries an effect again as often as allowed, each time inside `during` and without it while it waits. `on.retry` is told of
 * every failure that does not count, and of the wait; `on.end` of the one that does, before `during` is left.
 */
export const retrying = <A, E extends { readonly _tag: string }, E2, R, R2>(
  allowed: Required<Retries>,
  during: (effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>,
  effect: Effect.Effect<A, E, R>,
  on: {
    readonly retry: (error: E, milliseconds: number) => Effect.Effect<unknown, E2, R2>
    readonly end: (error: E) => void
  }
): Effect.Effect<A, E | E2, R | R2> =>
  Effect.suspend(() => {
    const left = { ...allowed }
    const mayRetry = (error: E): boolean => {
      const kind = CLASSES[error._tag as ExecutionFailure["_tag"]]
      if (kind === undefined || left[kind] === 0) return false
      left[kind]--
      return true
    }
    const attempt = (number: number): Effect.Effect<A, E | E2, R | R2> => {
      let isLast = false
      const once = Effect.tapError(effect, (error) =>
        Effect.sync(() => {
          isLast = !mayRetry(error)
          if (isLast) on.end(error)
        })
      )
      return Effect.catch(during(once), (error) => {
        if (isLast) return Effect.fail(error)
        const wait = Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** (number - 1))
        return on.retry(error, wait).pipe(Effect.andThen(Effect.sleep(wait)), Effect.andThen(attempt(number + 1)))
      })
    }
    return attempt(1)
  })
