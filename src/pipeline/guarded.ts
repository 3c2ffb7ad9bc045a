/**
 * The edge between plain code, which throws its tagged errors, and stages, which fail with them. Anything without a tag
 * is a bug and stays one.
 */
import * as Effect from "effect/Effect"

interface Tagged extends Error {
  readonly _tag: string
}

const isTagged = (cause: unknown): cause is Tagged => cause instanceof Error && "_tag" in cause

export const guarded = <A>(run: () => A): Effect.Effect<A, Tagged> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      return isTagged(cause) ? Effect.fail(cause) : Effect.die(cause)
    }
  })
