/**
 * Every kind of stored file, cut at every byte and with a bit flipped in every byte, as test/fault/Damage.test.ts does for
 * some of them.
 *
 *   node test/torture/damage.ts [of how many harms one is run on]
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { checkHarm, everyKind, harmsOf, makeSubject } from "../fault/damage.ts"
import { say, verdict } from "./support.ts"

const heal = Number(process.argv[2] ?? 10)
let failures = 0
for (const kind of everyKind) {
  const subject = await Effect.runPromise(Effect.provide(makeSubject, TestClock.layer()))
  const harms = harmsOf(subject, kind, 1)
  let wrong = 0
  for (const [index, harm] of harms.entries()) {
    const exit = await Effect.runPromiseExit(
      checkHarm(subject, harm, index % heal === 0).pipe(
        Effect.provideService(References.MinimumLogLevel, "None"),
        Effect.provide(TestClock.layer())
      )
    )
    if (!Exit.isFailure(exit)) continue
    if (wrong++ < 3) say(Cause.pretty(exit.cause))
  }
  say(`${kind}: ${harms.length} harms, ${Math.ceil(harms.length / heal)} of them run on, ${wrong} wrong`)
  failures += wrong
}
verdict(failures === 0)
