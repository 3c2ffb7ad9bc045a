/** What was taken and comes back: young from the moment it has its name, so that no collection takes it once more. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Disk } from "../../src/pipeline/Disk.ts"
import * as Layout from "../../src/pipeline/Layout.ts"
import * as Trash from "../../src/pipeline/Trash.ts"
import { around } from "./failingDisk.ts"
import { memoryDisk } from "./memoryDisk.ts"

const ROOT = "/store"
const digest = "d".repeat(64)

describe("an object in the trash", () => {
  it.effect("is young before it has its name again", () => {
    const memory = memoryDisk()
    return Effect.gen(function* () {
      const disk = yield* Disk
      const path = Layout.objectPath(ROOT, digest)
      const place = Trash.placeOf(ROOT, `${Layout.trashFolder(ROOT)}/1970`, path)
      yield* disk.rename(yield* disk.writeTemporary(place, Uint8Array.of(1), 0o444), place)
      memory.clock.now += 1_000_000
      const began = memory.clock.now
      const ages: Array<number> = []
      const watching = around(disk, (operation) =>
        operation === "link"
          ? Effect.map(disk.stat(place), (stat) => void ages.push(began - stat!.modified))
          : Effect.void
      )
      assert.isTrue(yield* Trash.of(watching, ROOT).bringBack(path))
      assert.strictEqual(ages.length, 1)
      assert.isAtMost(ages[0]!, 0)
      assert.strictEqual(yield* disk.size(path), 1)
      assert.isUndefined(yield* disk.size(place))
    }).pipe(Effect.provide(memory.layer))
  })
})
