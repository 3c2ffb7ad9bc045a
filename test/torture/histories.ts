/**
 * Many random histories of a project against an oracle that reruns everything, as test/property/histories.test.ts runs some of.
 *
 *   node test/torture/histories.ts [histories] [first seed]
 */
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { history } from "../property/histories.ts"
import { eachSeed } from "./seeds.ts"

await eachSeed("histories", 5_000, (seed) => Effect.provide(history(seed), TestClock.layer()))
