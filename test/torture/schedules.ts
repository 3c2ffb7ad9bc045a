/**
 * Many random schedules of crashes, kills and refusals on a simulated disk, as test/fault/Crash.test.ts runs some of.
 *
 *   node test/torture/schedules.ts [schedules] [first seed]
 */
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { schedule } from "../fault/schedules.ts"
import { eachSeed } from "./seeds.ts"

await eachSeed("schedules", 10_000, (seed) => Effect.provide(schedule(seed), TestClock.layer()))
