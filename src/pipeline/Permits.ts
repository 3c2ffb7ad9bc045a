/**
 * Cores and memory that actions share: whoever matters most goes first, and nobody small is let past somebody large that
 * waits, so that nobody waits for ever. Knows nothing of actions.
 */
import * as Effect from "effect/Effect"
import { placeIn } from "./placeIn.ts"

export interface Need {
  readonly cores: number
  readonly megabytes: number
  /** Larger goes first; equal ones in the order in which they came. */
  readonly priority: number
}

export interface Permits {
  /** Runs an effect while it holds what it needs; one that needs more than there is gets all of it. */
  readonly during: <A, E, R>(need: Need, effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

interface Waiter {
  readonly need: Need
  readonly begin: () => void
}

export const make = (total: { readonly cores: number; readonly megabytes: number }): Permits => {
  let { cores, megabytes } = total
  /** Sorted: the one that matters most is last. */
  const queue: Array<Waiter> = []

  let draining = false
  const drain = (): void => {
    // Whoever begins may end at once, and make room for the next: not within its own end, as thousands may follow.
    if (draining) return
    draining = true
    for (let next = queue.at(-1); next !== undefined; next = queue.at(-1)) {
      if (next.need.cores > cores || next.need.megabytes > megabytes) break
      queue.pop()
      cores -= next.need.cores
      megabytes -= next.need.megabytes
      next.begin()
    }
    draining = false
  }

  const acquire = (need: Need): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const waiter: Waiter = { need, begin: () => resume(Effect.void) }
      queue.splice(
        placeIn(queue, waiter, ({ need: { priority } }) => priority),
        0,
        waiter
      )
      drain()
      return Effect.sync(() => {
        const at = queue.indexOf(waiter)
        if (at >= 0) queue.splice(at, 1)
        drain()
      })
    })

  const release = (need: Need): Effect.Effect<void> =>
    Effect.sync(() => {
      cores += need.cores
      megabytes += need.megabytes
      drain()
    })

  return {
    during: (wanted, effect) => {
      const need: Need = {
        priority: wanted.priority,
        cores: Math.min(wanted.cores, total.cores),
        megabytes: Math.min(wanted.megabytes, total.megabytes)
      }
      return Effect.uninterruptibleMask((restore) =>
        Effect.andThen(restore(acquire(need)), Effect.ensuring(restore(effect), release(need)))
      )
    }
  }
}
