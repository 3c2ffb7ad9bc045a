/** Collections beside controllers that run, forget and pin, in many orders: nothing fails, and nothing that is needed goes. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { schedule } from "../fault/collecting.ts"

const SCHEDULES = 200

describe("collections beside running controllers", () => {
  it.live(
    `cost nothing that is needed, in ${SCHEDULES} schedules`,
    () =>
      Effect.gen(function* () {
        const seeds = Array.from({ length: SCHEDULES }, (_, seed) => seed)
        const outcomes = yield* Effect.forEach(seeds, schedule, { concurrency: 4 })
        for (const [seed, { problems }] of outcomes.entries()) assert.deepStrictEqual(problems, [], `seed ${seed}`)
        const sum = (of: (outcome: (typeof outcomes)[number]) => number) =>
          outcomes.reduce((total, outcome) => total + of(outcome), 0)
        assert.isAbove(
          sum(({ collections }) => collections),
          4 * SCHEDULES,
          "too few collections to tell anything"
        )
        assert.isAbove(
          sum(({ taken }) => taken),
          10 * SCHEDULES,
          "too little was taken to tell anything"
        )
      }),
    300_000
  )
})
