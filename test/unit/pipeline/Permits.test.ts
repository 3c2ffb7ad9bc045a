/** Permits: never more in use than there are, the most important first, nobody for ever. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Permits from "../../../src/pipeline/Permits.ts"

/** Effects that note when they begin, and go on until they are told to end. */
const stage = (permits: Permits.Permits) => {
  const begun: Array<string> = []
  const gates = new Map<string, Deferred.Deferred<void>>()
  return {
    begun,
    start: (name: string, need: Partial<Permits.Need> = {}) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        gates.set(name, gate)
        const body = Effect.andThen(
          Effect.sync(() => begun.push(name)),
          Deferred.await(gate)
        )
        return yield* Effect.forkChild(permits.during({ cores: 1, megabytes: 0, priority: 0, ...need }, body), {
          startImmediately: true
        })
      }),
    end: (name: string) => Effect.andThen(Deferred.succeed(gates.get(name)!, undefined), Effect.yieldNow)
  }
}

describe("permits", () => {
  it.effect("let no more run than there are cores, the most important first, then in order", () =>
    Effect.gen(function* () {
      const { begun, start, end } = stage(Permits.make({ cores: 2, megabytes: 0 }))
      yield* start("a")
      yield* start("b")
      for (const [name, priority] of [
        ["low", 1],
        ["high", 9],
        ["first", 5],
        ["second", 5]
      ] as const)
        yield* start(name, { priority })
      assert.deepStrictEqual(begun, ["a", "b"])
      for (const name of ["a", "b", "high", "first"]) yield* end(name)
      assert.deepStrictEqual(begun, ["a", "b", "high", "first", "second", "low"])
    })
  )

  it.effect("count memory too, and let nobody small pass somebody large that waits", () =>
    Effect.gen(function* () {
      const { begun, start, end } = stage(Permits.make({ cores: 4, megabytes: 100 }))
      yield* start("a", { megabytes: 60 })
      yield* start("large", { megabytes: 80 })
      yield* start("small", { megabytes: 1 })
      assert.deepStrictEqual(begun, ["a"])
      yield* end("a")
      assert.deepStrictEqual(begun, ["a", "large", "small"])
    })
  )

  it.effect("give all there is to one that needs more, and take it back", () =>
    Effect.gen(function* () {
      const { begun, start, end } = stage(Permits.make({ cores: 2, megabytes: 100 }))
      yield* start("huge", { cores: 16, megabytes: 1000 })
      yield* start("next")
      assert.deepStrictEqual(begun, ["huge"])
      yield* end("huge")
      assert.deepStrictEqual(begun, ["huge", "next"])
    })
  )

  it.effect("come back from what is interrupted, whether it waits or runs", () =>
    Effect.gen(function* () {
      const { begun, start } = stage(Permits.make({ cores: 1, megabytes: 0 }))
      const running = yield* start("running")
      const waiting = yield* start("waiting")
      yield* start("last")
      yield* Fiber.interrupt(waiting)
      yield* Fiber.interrupt(running)
      yield* Effect.yieldNow
      assert.deepStrictEqual(begun, ["running", "last"])
    })
  )

  it.effect("are handed on however many wait, and however quickly these are done", () =>
    Effect.gen(function* () {
      const permits = Permits.make({ cores: 1, megabytes: 0 })
      const need = { cores: 1, megabytes: 0, priority: 0 }
      const room = yield* Deferred.make<void>()
      let done = 0
      const first = yield* Effect.forkChild(permits.during(need, Deferred.await(room)))
      yield* Effect.yieldNow
      const others = yield* Effect.forEach(Array.from({ length: 20_000 }), () =>
        Effect.forkChild(
          permits.during(
            need,
            Effect.sync(() => void done++)
          )
        )
      )
      yield* Effect.yieldNow
      assert.strictEqual(done, 0)
      yield* Deferred.succeed(room, undefined)
      for (const fiber of [first, ...others]) yield* Fiber.join(fiber)
      assert.strictEqual(done, 20_000)
    })
  )
})
