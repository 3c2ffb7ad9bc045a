/** Published files: found plain or compressed, and refused when they are anything but the published bytes. */
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readVerified } from "../../../src/data/readVerified.ts"
import type { SourceFile } from "../../../src/data/sources.ts"

const content = Uint8Array.of(1, 2, 3, 4, 5)
const file: SourceFile = {
  name: "numbers",
  sizeBytes: content.length,
  sha256: createHash("sha256").update(content).digest("hex")
}

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brink-data-"))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})
const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes)
const read = () => readVerified(folder, file, "Fetch it.")

describe("readVerified", () => {
  it.effect("reads the plain file", () =>
    Effect.gen(function* () {
      put("numbers", content)
      assert.deepStrictEqual([...(yield* read())], [...content])
    })
  )

  it.effect("reads the compressed file, by the digest of its content", () =>
    Effect.gen(function* () {
      put("numbers.gz", gzipSync(content))
      assert.deepStrictEqual([...(yield* read())], [...content])
    })
  )

  it.effect("prefers the plain file", () =>
    Effect.gen(function* () {
      put("numbers", content)
      put("numbers.gz", Uint8Array.of(0))
      assert.deepStrictEqual([...(yield* read())], [...content])
    })
  )

  it.effect("refuses a content that differs in one byte, or in length", () =>
    Effect.gen(function* () {
      for (const [name, bytes] of [
        ["numbers", content.with(2, 0)],
        ["numbers", content.subarray(0, 4)],
        ["numbers", Uint8Array.of(...content, 0)],
        ["numbers", new Uint8Array()]
      ] as const) {
        put(name, bytes)
        const error = yield* Effect.flip(read())
        assert.strictEqual(error._tag, "DatasetAltered")
        assert.include(error.message, `${bytes.length} bytes with SHA-256`)
        assert.include(error.message, `expected 5 bytes with SHA-256 ${file.sha256}`)
      }
    })
  )

  it.effect("refuses an altered compressed file under its own name", () =>
    Effect.gen(function* () {
      put("numbers.gz", gzipSync(content.with(0, 9)))
      const error = yield* Effect.flip(read())
      assert.strictEqual(error._tag, "DatasetAltered")
      assert.include(error.message, "numbers.gz")
    })
  )

  it.effect("says that a compressed file is broken, or is none", () =>
    Effect.gen(function* () {
      for (const bytes of [gzipSync(content).subarray(0, 12), content]) {
        put("numbers.gz", bytes)
        const error = yield* Effect.flip(read())
        assert.strictEqual(error._tag, "DatasetMalformed")
        assert.include(error.message, "the compressed stream of ")
      }
    })
  )

  it.effect("says which file is missing and how to get it", () =>
    Effect.gen(function* () {
      for (const where of [folder, join(folder, "nowhere")]) {
        const error = yield* Effect.flip(readVerified(where, file, "Fetch it."))
        assert.strictEqual(error._tag, "DatasetMissing")
        assert.strictEqual(error.message, `data: there is no file ${join(where, "numbers")}. Fetch it.`)
      }
    })
  )

  it.effect("tells a file that cannot be read from one that is missing", () =>
    Effect.gen(function* () {
      mkdirSync(join(folder, "numbers"))
      const error = yield* Effect.flip(read())
      assert.strictEqual(error._tag, "DatasetUnreadable")
      assert.match(error.message, /numbers cannot be read: .*EISDIR/)
    })
  )
})
