/** The IDX format, whole, truncated at every byte, and wrong. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { parseIdx } from "../../../src/data/idx.ts"

/** A [2, 3] array of the bytes 1 … 6. */
const whole = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6)

const failure = (bytes: Uint8Array, axes = 2) => Effect.flip(parseIdx("some/file", bytes, axes))

describe("parseIdx", () => {
  it.effect("reads sizes and elements", () =>
    Effect.gen(function* () {
      const { shape, data } = yield* parseIdx("some/file", whole, 2)
      assert.deepStrictEqual(shape, [2, 3])
      assert.deepStrictEqual([...data], [1, 2, 3, 4, 5, 6])
    })
  )

  it.effect("reads a view that does not begin where its buffer does", () =>
    Effect.gen(function* () {
      const shifted = new Uint8Array(whole.length + 3)
      shifted.set(whole, 3)
      const { data } = yield* parseIdx("some/file", shifted.subarray(3), 2)
      assert.deepStrictEqual([...data], [1, 2, 3, 4, 5, 6])
    })
  )

  it.effect("refuses a file cut off at any byte, and says how many bytes it should have", () =>
    Effect.gen(function* () {
      for (let length = 0; length < whole.length; length++) {
        const error = yield* failure(whole.subarray(0, length))
        assert.strictEqual(error._tag, "DatasetMalformed")
        const [what, expected] =
          length < 4 ? ["magic number", 4] : length < 12 ? ["header", 12] : ["length", whole.length]
        assert.include(error.message, `the ${what} of some/file is ${length} bytes, expected ${expected} bytes`)
      }
    })
  )

  it.effect("refuses bytes after the end", () =>
    Effect.gen(function* () {
      const error = yield* failure(Uint8Array.of(...whole, 0))
      assert.strictEqual(error.actual, "19 bytes")
      assert.strictEqual(error.expected, "18 bytes")
    })
  )

  it.effect("refuses another magic number: another type, another number of axes, no IDX at all", () =>
    Effect.gen(function* () {
      for (const [at, byte] of [
        [0, 1],
        [2, 0x0d],
        [3, 3]
      ] as const) {
        const error = yield* failure(whole.with(at, byte))
        assert.strictEqual(error.what, "the magic number")
        assert.strictEqual(error.expected, "0x00000802")
      }
      assert.strictEqual((yield* failure(whole, 3)).expected, "0x00000803")
    })
  )
})
