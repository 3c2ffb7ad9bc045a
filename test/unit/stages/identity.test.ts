/** What the code of the study's stages holds, so that a change reruns no more than it must. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundleStage } from "../../../src/pipeline/Fingerprint.ts"
import type { Lockfile } from "../../../src/pipeline/Lockfile.ts"

const root = new URL("../../..", import.meta.url).pathname
const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8")) as Lockfile

/** Names of an activation, an architecture and a loss that no other text holds. */
const kinds = ["geluTanh", "deepLinear", "labelSmoothing"]

describe("the kinds of networks and losses are in the code", () => {
  it.effect("of the stage that makes graphs of them", () =>
    Effect.gen(function* () {
      const { text } = yield* bundleStage(root, lock, "buildModel", [])
      for (const kind of kinds) assert.include(text, kind)
    })
  )

  it.effect.each([
    "prepareData",
    "initialise",
    "followFlow",
    "descend",
    "train",
    "measure",
    "traceSharpness",
    "tabulate"
  ])("but not of %s", (stage) =>
    Effect.gen(function* () {
      const { text } = yield* bundleStage(root, lock, stage, [])
      for (const kind of kinds) assert.notInclude(text, kind)
    })
  )
})
