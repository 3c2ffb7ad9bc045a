/**
 * Test loss, norm and stability over several sweeps, each of them and their mean.
 */
import * as Effect from "effect/Effect"
import * as Artifact from "../src/pipeline/Artifact.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { overSeedsCaption } from "../src/report/captions.ts"
import { drawn } from "../src/report/drawn.ts"
import { overSeeds } from "../src/report/figures/overSeeds.ts"
import { compare } from "../src/report/seeds.ts"
import { Figure, RunTable } from "./artifacts.ts"

export const drawSeeds = Stage.make("drawSeeds", {
  takes: { tables: Artifact.many(RunTable) },
  makes: Figure,
  run: Effect.fn("drawSeeds")(function* ({ tables }) {
    return yield* drawn("over-seeds", overSeedsCaption(compare(tables)), overSeeds(tables))
  })
})
