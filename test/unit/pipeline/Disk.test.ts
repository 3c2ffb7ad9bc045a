/** Folders are made as deep as is asked, and where they cannot be, the system's own reason is given. */
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Disk, layer, within } from "../../../src/pipeline/Disk.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"

const makeFolder = (path: string): void => within(path, () => undefined)

const code = (make: () => void): string | undefined => {
  try {
    make()
    return undefined
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code
  }
}

describe("a folder", () => {
  it.effect("is made with those above it, through links too, and stays where it is there", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      makeFolder(join(root, "a", "b", "c"))
      makeFolder(join(root, "a", "b", "c"))
      symlinkSync(join(root, "a"), join(root, "link"))
      makeFolder(join(root, "link", "d"))
      assert.isTrue(statSync(join(root, "a", "d")).isDirectory())
      makeFolder("/")
    })
  )

  it.effect("below a file is refused as no folder", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      writeFileSync(join(root, "file"), "")
      assert.strictEqual(
        code(() => makeFolder(join(root, "file", "a", "b"))),
        "ENOTDIR"
      )
    })
  )

  it("that the system does not let be made ends with its reason", (context) => {
    if (!existsSync("/proc/self")) return context.skip("there is no /proc here")
    assert.strictEqual(
      code(() => makeFolder("/proc/nowhere/a/b")),
      "ENOENT"
    )
  })

  it.effect("that cannot be made is the reason why nothing is written into it (StoreUnavailable)", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      writeFileSync(join(root, "runs"), "")
      const path = join(root, "runs", "r1", "events")
      const disk = yield* Disk
      const error = yield* Effect.flip(disk.append(path, new Uint8Array()))
      assert.deepStrictEqual({ ...error }, { _tag: "StoreUnavailable", operation: "append to", path, code: "ENOTDIR" })
    }).pipe(Effect.provide(layer))
  )
})
