/** The binary format of CIFAR-10: small files of every kind, and the real one where it is there. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { parseCifar10 } from "../../../src/data/cifar10.ts"

const pixels = 3 * 32 * 32

/** Records with these labels; pixel j of record i is (i + j) mod 251. */
const records = (...labels: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.from(labels.flatMap((label, i) => [label, ...Array.from({ length: pixels }, (_, j) => (i + j) % 251)]))

const real = join(process.env["BRINK_DATA"] ?? "", "cifar-10", "data_batch_1.bin.gz")
const isThere = process.env["BRINK_DATA"] !== undefined && existsSync(real)

describe("parseCifar10", () => {
  it.effect("takes labels and images apart, plain or compressed", () =>
    Effect.gen(function* () {
      const plain = yield* parseCifar10("batch.bin", records(3, 9, 0))
      assert.deepStrictEqual([...plain.labels.data], [3, 9, 0])
      assert.deepStrictEqual(plain.images.shape, [3, 3, 32, 32])
      for (const [i, j] of [
        [0, 0],
        [1, 250],
        [2, pixels - 1]
      ] as const)
        assert.strictEqual(plain.images.data[i * pixels + j], (i + j) % 251)
      assert.deepStrictEqual(yield* parseCifar10("batch.bin.gz", gzipSync(records(3, 9, 0))), plain)
    })
  )

  it.effect("refuses what is not whole records of known classes (DatasetMalformed)", () =>
    Effect.gen(function* () {
      const messageOf = (bytes: Uint8Array) => Effect.map(Effect.flip(parseCifar10("b.bin", bytes)), (e) => e.message)
      const size = "expected a multiple of 3073 bytes: records of a label and 3072 pixels"
      assert.include(yield* messageOf(records(1, 2).subarray(1)), `the size of b.bin is 6145 bytes, ${size}`)
      assert.include(yield* messageOf(new Uint8Array()), `the size of b.bin is 0 bytes, ${size}`)
      assert.include(
        yield* messageOf(records(1, 10)),
        "the label of record 1 of b.bin is 10, expected a class from 0 to 9"
      )
      assert.include(yield* messageOf(gzipSync(records(1)).subarray(0, 30)), "expected a whole gzip stream")
    })
  )

  it.effect.skipIf(!isThere)("reads the real first batch (skipped without $BRINK_DATA/cifar-10)", () =>
    Effect.gen(function* () {
      const { images, labels } = yield* parseCifar10(real, readFileSync(real))
      assert.deepStrictEqual(images.shape, [10_000, 3, 32, 32])
      const counts = new Array<number>(10).fill(0)
      for (const label of labels.data.subarray(0, 5_000)) counts[label]!++
      assert.deepStrictEqual(counts, [505, 460, 519, 486, 519, 488, 519, 486, 520, 498])
    })
  )
})
