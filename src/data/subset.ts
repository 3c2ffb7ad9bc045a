/**
 * Images of ten classes as a data set to train on: the first of each file, scaled, with one-hot targets.
 */
import * as Effect from "effect/Effect"
import type { FloatDType } from "../tensor/DType.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { tensor } from "../tensor/Tensor.ts"
import type { Dataset, Split } from "./Dataset.ts"
import { DatasetTooSmall } from "./Errors.ts"
import type { Idx } from "./idx.ts"
import { oneHot } from "./oneHot.ts"
import { type Scaling, standardize, statisticsOf } from "./standardize.ts"

export interface SubsetOptions {
  /** The first this many training images. */
  readonly train: number
  /** The first this many test images. */
  readonly test: number
  readonly scaling: Scaling
  readonly dtype: FloatDType
}

/** Images with the class of each. */
export interface Labelled {
  readonly images: Idx // [N, …], whatever the sizes of an image are
  readonly labels: Idx // [N]
}

const classes = 10

/**
 * The first images of both sets, in the order of the files, so that a larger subset begins with a smaller one.
 *
 * Shape   train inputs [n, D], targets [n, 10]; test inputs [m, D], targets [m, 10]
 * Errors  DatasetTooSmall if there are fewer images
 */
export const subset = (
  from: { readonly train: Labelled; readonly test: Labelled },
  { train, test, scaling, dtype }: SubsetOptions
): Effect.Effect<Dataset, DatasetTooSmall> =>
  Effect.gen(function* () {
    const first = (split: "train" | "test", count: number) => {
      const { images, labels } = from[split]
      const available = images.shape[0]!
      if (!(Number.isInteger(count) && count >= 1 && count <= available)) {
        return Effect.fail(new DatasetTooSmall({ split, requested: count, available }))
      }
      const features = sizeOf(images.shape.slice(1))
      return Effect.succeed({
        pixels: images.data.subarray(0, count * features),
        labels: labels.data.slice(0, count),
        features
      })
    }
    const [forTraining, forTest] = [yield* first("train", train), yield* first("test", test)]
    const statistics = statisticsOf(scaling, forTraining.pixels, forTraining.features)
    const scaled = ({ pixels, labels, features }: typeof forTraining): Split => ({
      inputs: tensor([labels.length, features], standardize(pixels, statistics, dtype)),
      targets: tensor([labels.length, classes], oneHot(labels, classes, dtype)),
      labels
    })
    return { train: scaled(forTraining), test: scaled(forTest) }
  })
