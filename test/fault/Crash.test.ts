/**
 * Random crashes, kills and refusals of the disk: nothing wrong is ever found, and nothing that was finished is lost. The
 * long version is `npm run test:torture`.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { System } from "../../src/pipeline/System.ts"
import { schedule } from "./schedules.ts"

const SCHEDULES = 200

/** The first seed of some that a disk which is worse than it says is found out by. */
const foundOut = (sabotage: (system: System) => System, most: number) =>
  Effect.gen(function* () {
    for (let seed = 0; seed < most; seed++)
      if (yield* Effect.exit(schedule(seed, sabotage)).pipe(Effect.map(({ _tag }) => _tag === "Failure"))) return seed
    return undefined
  })

/** What is opened to be read is synced as a folder, and what is opened to be written as a file. */
const syncsOnly =
  (which: "files" | "folders") =>
  (system: System): System => {
    const folders = new Set<number>()
    return {
      ...system,
      openSync: (path, flags, mode) => {
        const descriptor = system.openSync(path, flags, mode)
        if (flags === "r") folders.add(descriptor)
        else folders.delete(descriptor)
        return descriptor
      },
      fsyncSync: (descriptor) => {
        if (folders.has(descriptor) === (which === "folders")) system.fsyncSync(descriptor)
      }
    }
  }

describe("a store on a disk that crashes, refuses and forgets", () => {
  it.effect(`is whole and complete after every one of ${SCHEDULES} random schedules`, () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < SCHEDULES; seed++) yield* schedule(seed)
    })
  )

  const sabotages: Readonly<Record<string, (system: System) => System>> = {
    "does not sync files": syncsOnly("folders"),
    "does not sync folders": syncsOnly("files"),
    "says that it links, and does not": (system) => ({ ...system, linkSync: () => undefined }),
    "loses a byte": (system) => ({
      ...system,
      writeSync: (descriptor, bytes, offset) => {
        system.writeSync(descriptor, bytes.subarray(0, -1), offset)
        return bytes.byteLength - offset
      }
    })
  }
  for (const [what, sabotage] of Object.entries(sabotages)) {
    it.effect(`would be found out if the disk ${what}`, () =>
      Effect.gen(function* () {
        assert.isDefined(yield* foundOut(sabotage, 100))
      })
    )
  }
})
