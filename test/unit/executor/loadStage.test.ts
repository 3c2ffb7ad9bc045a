/** Loading a stage: only the very text that was hashed, and only once. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { loadStage } from "../../../src/executor/loadStage.ts"
import { sha256 } from "../../../src/pipeline/canonical.ts"
import { bundlePath } from "../../../src/pipeline/Fingerprint.ts"
import { temporaryFolder } from "../../fault/temporaryFolder.ts"
import { repository } from "../../support/project.ts"

const stageText = (name: string): string => `
import * as Effect from "${join(repository, "node_modules/effect/dist/Effect.js")}"
import * as Artifact from "${join(repository, "src/pipeline/Artifact.ts")}"
import * as Stage from "${join(repository, "src/pipeline/Stage.ts")}"
const Nothing = Artifact.make("Nothing", {})
export const stage = Stage.make("${name}", { version: 1, takes: {}, makes: Nothing, run: () => Effect.succeed({}) })
`

const write = (root: string, text: string, bundle = sha256(text)): string => {
  mkdirSync(dirname(bundlePath(root, bundle)), { recursive: true })
  writeFileSync(bundlePath(root, bundle), text)
  return bundle
}

describe("loadStage", () => {
  it.effect("loads a bundle that is as it was hashed, and needs it no more after", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const bundle = write(root, stageText("first"))
      const stage = yield* loadStage(root, "first", bundle)
      assert.strictEqual(stage.stage, "first")
      rmSync(bundlePath(root, bundle))
      assert.strictEqual(yield* loadStage(root, "first", bundle), stage)
    })
  )

  const unreadable: Readonly<Record<string, readonly [(root: string) => string, string]>> = {
    "altered since it was hashed": [
      (root) => write(root, `${stageText("altered")}\n`, sha256(stageText("altered"))),
      "is gone or was altered"
    ],
    gone: [() => "0".repeat(64), "is gone or was altered"],
    "no module": [(root) => write(root, "export const = 1"), "does not load"],
    "without that stage": [(root) => write(root, stageText("other")), "exports no stage of that name"]
  }
  for (const [what, [bundleIn, problem]] of Object.entries(unreadable)) {
    it.effect(`refuses a bundle that is ${what} (StageUnreadable)`, () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        const error = yield* Effect.flip(loadStage(root, "altered", bundleIn(root)))
        assert.strictEqual(error._tag, "StageUnreadable")
        assert.include(error.message, problem)
      })
    )
  }
})
