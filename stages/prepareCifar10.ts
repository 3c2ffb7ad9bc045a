/**
 * CIFAR-10 as training takes it, from files of the project: the first images of each, scaled. The files are known by their
 * content, whatever they are called.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parseCifar10 } from "../src/data/cifar10.ts"
import { described } from "../src/data/Dataset.ts"
import { subset } from "../src/data/subset.ts"
import * as Numbers from "../src/pipeline/Numbers.ts"
import * as ProjectFile from "../src/pipeline/ProjectFile.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { Dataset } from "./artifacts.ts"

export const prepareCifar10 = Stage.make("prepareCifar10", {
  takes: {
    /** Of the binary version, plain or as gzip; 10,000 images each. */
    trainFile: ProjectFile.schema,
    testFile: ProjectFile.schema,
    train: Numbers.Count,
    test: Numbers.Count,
    scaling: Schema.Literals(["unit", "centered", "perPixel"])
  },
  makes: Dataset,
  run: Effect.fn("prepareCifar10")(function* ({ trainFile, testFile, train, test, scaling }) {
    const read = (file: ProjectFile.ProjectFile) =>
      Effect.flatMap(ProjectFile.read(file), (bytes) => parseCifar10(file.path, bytes))
    const images = { train: yield* read(trainFile), test: yield* read(testFile) }
    return described("cifar-10", yield* subset(images, { train, test, scaling, dtype: "float32" }))
  })
})
