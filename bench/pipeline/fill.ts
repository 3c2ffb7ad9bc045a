/**
 * Fills the store of a sweep project with the results of all of its actions, without running them one by one: the records
 * are those that a run would publish, through the store itself, on a disk that does not wait.
 */
import * as fs from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { prepare } from "../../src/cli/prepare.ts"
import { keyOf } from "../../src/pipeline/Action.ts"
import type { Manifest } from "../../src/pipeline/Artifact.ts"
import { currentDigests } from "../../src/pipeline/Codes.ts"
import { canonical, canonicalValue, sha256 } from "../../src/pipeline/canonical.ts"
import { Disk, over } from "../../src/pipeline/Disk.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import { actionOf } from "../../src/pipeline/Plan.ts"
import type { Result } from "../../src/pipeline/Result.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { type Project, repository } from "../../test/support/project.ts"

/** What the stages of bench/pipeline/sweepProject.ts compute. */
const valueMadeBy = (
  stage: string,
  params: Readonly<Record<string, unknown>>,
  inputs: ReadonlyArray<number>
): number => {
  const number = (name: string): number => params[name] as number
  if (stage === "draw") return number("seed") / 7
  if (stage === "scale") return inputs[0]! * number("factor") + number("offset")
  return inputs.reduce((total, value) => total + value, 0)
}

const RUN = "20250101T000000000-fffff0"
const unsynced = Layer.succeed(Disk)(over({ ...fs, fsyncSync: () => undefined }))

/** Publishes what all actions of the sweep would, as one run that made them all; returns how many there are. */
export const fill = (project: Project, settings: Readonly<Record<string, string>> = {}): Promise<number> => {
  const { root } = project
  const store = join(root, "artifacts")
  const utf8 = new TextEncoder()
  return Effect.gen(function* () {
    const service = yield* Store.Store
    const asked = { pipeline: "sweep", settings, only: [], force: [], device: "cpu" }
    const { plan } = yield* prepare({ root, brink: repository, store, digestOf: currentDigests(root) }, asked)
    const results = new Map<string, Result>()
    const values = new Map<string, number>()
    const made: Record<string, string> = {}
    const { record, finish } = yield* Journal.Journal
    for (const { node, code, address } of plan.entries) {
      const value = valueMadeBy(
        node.stage,
        node.params,
        Object.values(node.inputs)
          .flat()
          .map((id) => values.get(id)!)
      )
      values.set(node.id, value)
      const action = actionOf(node, code, "cpu", (id) => results.get(id)!)
      const manifest: Manifest = { artifact: "Value", value: { value }, files: {} }
      const text = utf8.encode(canonicalValue(manifest))
      const result: Result = {
        version: 1,
        key: keyOf(action),
        address,
        output: { digest: sha256(text), size: text.byteLength },
        inline: manifest,
        blobs: [],
        code: yield* service.put(utf8.encode(canonical(code))),
        startedAt: 1_700_000_000_000 + results.size,
        milliseconds: 1,
        resumed: false,
        run: RUN,
        host: "bench",
        pid: 1,
        platform: `${process.platform} ${process.arch}, node ${process.version}`
      }
      results.set(node.id, yield* service.publish(action, result))
      made[address] = result.key
      const about = { address, key: result.key }
      yield* record({ type: "action-started", ...about, reason: { _tag: "NeverMade" }, pid: 1 })
      const outcome = { milliseconds: 1, resumed: false, output: result.output.digest }
      yield* record({ type: "action-finished", ...about, ...outcome })
    }
    yield* service.pack
    yield* finish({ pipeline: "sweep", made, executed: Object.keys(made) })
    return results.size
  }).pipe(
    Effect.provide(Layer.merge(Store.layer(store), Journal.layer(store, RUN)).pipe(Layer.provideMerge(unsynced))),
    Effect.runPromise
  )
}
