/** Random histories of a project against an oracle that reruns everything; the long version is `npm run test:torture`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Counts, history } from "./histories.ts"

const HISTORIES = 150

describe("a project that is edited, run, interrupted and harmed at random", () => {
  it.effect(
    `ends every one of ${HISTORIES} histories with the values of a full rerun, and runs only what it must`,
    () =>
      Effect.gen(function* () {
        const all: Array<Counts> = []
        for (let seed = 0; seed < HISTORIES; seed++) all.push(yield* history(seed))
        for (const what of ["ran", "cutOff", "failed", "interrupted", "healed"] as const)
          assert.isAbove(
            all.reduce((sum, counts) => sum + counts[what], 0),
            HISTORIES / 10,
            `too little was ${what}`
          )
      })
  )
})
