/** Random histories of a project against an oracle that reruns everything; the long version is `npm run test:torture`. */
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { history } from "./histories.ts"

const HISTORIES = 150

describe("a project that is edited, run, interrupted and harmed at random", () => {
  it.effect(
    `ends every one of ${HISTORIES} histories with the values of a full rerun, and runs only what it must`,
    () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < HISTORIES; seed++) yield* history(seed)
      })
  )
})
