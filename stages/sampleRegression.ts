/**
 * A draw of linear regression with Gaussian inputs, whose test loss is the expected one.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { described } from "../src/data/Dataset.ts"
import { drawRegression } from "../src/data/regression.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset } from "./artifacts.ts"

export const sampleRegression = Stage.make("sampleRegression", {
  takes: {
    samples: Numbers.Count,
    features: Numbers.Count,
    /** The share of β*'s entries that are not 0. */
    density: Numbers.Share,
    /** Standard deviation of the training targets' noise. */
    noise: Numbers.NonNegative,
    seed: Schema.Int
  },
  makes: Dataset,
  run: (draw) => Effect.succeed(described("regression", drawRegression(draw)))
})
