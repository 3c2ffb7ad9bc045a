/** Every kind of stored file, cut and flipped; the long version, every byte of each, is `npm run test:torture`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { checkHarm, everyKind, harmsOf, makeSubject } from "./damage.ts"

/** Of all harms of a kind one in so many is done; of these, one in so many is run on. */
const STEP = 13
const HEAL = 20

describe("a stored file that comes to harm", () => {
  for (const kind of everyKind) {
    it.effect(`never gives anything wrong, and a run brings back what was lost: ${kind}`, () =>
      Effect.gen(function* () {
        const subject = yield* makeSubject
        const harms = harmsOf(subject, kind, STEP)
        assert.isNotEmpty(harms)
        for (const [index, harm] of harms.entries()) yield* checkHarm(subject, harm, index % HEAL === 0)
      })
    )
  }
})
