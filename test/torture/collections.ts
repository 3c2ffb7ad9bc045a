/**
 * Many schedules of collections beside running controllers, as test/property/collection.test.ts runs some of.
 *
 *   node test/torture/collections.ts [schedules] [first seed]
 */
import * as Effect from "effect/Effect"
import { schedule } from "../fault/collecting.ts"
import { eachSeed } from "./seeds.ts"

await eachSeed("collections", 1_000, (seed) =>
  Effect.flatMap(schedule(seed), ({ problems }) => (problems.length === 0 ? Effect.void : Effect.fail(problems)))
)
