/**
 * Data as training takes it: from a source that is named, and whose content is pinned.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { described } from "../src/data/Dataset.ts"
import { readMnist } from "../src/data/readMnist.ts"
import { subset } from "../src/data/subset.ts"
import { toyDataset } from "../src/data/toy.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset } from "./artifacts.ts"

/** The first images of MNIST, scaled; or the one sample x = (2, 1), y = 1. */
const Source = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("mnist"),
    train: Numbers.Count,
    test: Numbers.Count,
    scaling: Schema.Literals(["unit", "standard", "centered"])
  }),
  Schema.Struct({ kind: Schema.Literal("point") })
])

const read = (source: typeof Source.Type) =>
  source.kind === "point"
    ? Effect.succeed(toyDataset("float64"))
    : Effect.flatMap(readMnist(), (mnist) => subset(mnist, { ...source, dtype: "float32" }))

export const prepareData = Stage.make("prepareData", {
  takes: { source: Source },
  makes: Dataset,
  run: Effect.fn("prepareData")(function* ({ source }) {
    return described(source.kind, yield* read(source))
  })
})
