/**
 * The stage in a bundle: the very text that was hashed is what runs. Checked when it is first loaded in a process; after
 * that it is in memory, and nothing on disk can change it.
 */
import { readFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { stageFile } from "../pipeline/bundle.ts"
import { sha256 } from "../pipeline/canonical.ts"
import { StageUnreadable } from "../pipeline/Errors.ts"
import { bundlePath } from "../pipeline/Fingerprint.ts"
import * as Stage from "../pipeline/Stage.ts"

/** Digest of a bundle and name of a stage → the stage. */
const loaded = new Map<string, Stage.Any>()

const isWhole = (path: string, bundle: string): boolean => {
  try {
    return sha256(readFileSync(path)) === bundle
  } catch {
    return false
  }
}

/**
 * The stage of that name in a bundle of a project.
 *
 * Errors  StageUnreadable where the bundle is gone, altered, or does not load
 */
export const loadStage = (root: string, stage: string, bundle: string): Effect.Effect<Stage.Any, StageUnreadable> =>
  Effect.gen(function* () {
    const path = bundlePath(root, bundle)
    const known = loaded.get(`${path} ${stage}`)
    if (known !== undefined) return known
    const failed = (problem: string) => new StageUnreadable({ stage, file: stageFile(stage), problem })
    if (!isWhole(path, bundle))
      return yield* failed(`its bundle ${path} is gone or was altered. Delete the .brink folder and run again.`)
    const module = yield* Effect.tryPromise({
      try: () => import(pathToFileURL(path).href) as Promise<Record<string, unknown>>,
      catch: (cause) => failed(`it does not load: ${cause instanceof Error ? cause.message : cause}`)
    })
    const found = Object.values(module).find((value) => Stage.isStage(value) && value.stage === stage)
    if (found === undefined) return yield* failed("it exports no stage of that name.")
    loaded.set(`${path} ${stage}`, found as Stage.Any)
    return found as Stage.Any
  })
