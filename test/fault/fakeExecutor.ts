/**
 * An executor without processes: reads its inputs from the store as a worker does, asks the test what comes of the action,
 * and publishes that. It notes what it did, in order.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Action } from "../../src/pipeline/Action.ts"
import type { Blob, Manifest } from "../../src/pipeline/Artifact.ts"
import { canonical, type Json, sha256 } from "../../src/pipeline/canonical.ts"
import { StageFailed, WorkerDied } from "../../src/pipeline/Errors.ts"
import { type ExecutionFailure, Executor, type Task } from "../../src/pipeline/Executor.ts"
import type { Report } from "../../src/pipeline/Progress.ts"
import type { Result } from "../../src/pipeline/Result.ts"
import { Store } from "../../src/pipeline/Store.ts"
import { blobOf, bytesOf } from "./samples.ts"

export interface Notes {
  /** Addresses in the order in which they were started, and in which they were made. */
  readonly started: Array<string>
  readonly made: Array<string>
  /** Addresses whose action failed, with how many had been started by then. */
  readonly failed: Array<{ readonly address: string; readonly started: number }>
  active: number
  mostActive: number
}

export const notes = (): Notes => ({ started: [], made: [], failed: [], active: 0, mostActive: 0 })

/** What an action makes: a number that depends on nothing but the action. */
export type Behaviour = (task: Task, report: (report: Report) => void) => Effect.Effect<Json, ExecutionFailure>

export const stageFailed = ({ address, key }: Task): StageFailed =>
  new StageFailed({ address, key, tag: "Broken", detail: "as the test asks", log: "" })
export const workerDied = ({ address, key }: Task): WorkerDied =>
  new WorkerDied({ address, key, cause: "SIGKILL", hint: "", log: "" })

/** The manifest and the file of a value. */
export const manifestOf = (value: Json): { readonly manifest: Manifest; readonly bytes: Uint8Array } => {
  const bytes = bytesOf(`file of ${canonical(value)}`)
  return { manifest: { artifact: "Value", value: { value }, files: { "value.bin": blobOf(bytes) } }, bytes }
}
export const digestOf = (value: Json): string => sha256(canonical(manifestOf(value).manifest))

const resultOf = (
  task: Task,
  action: Action,
  manifest: Manifest,
  blobs: ReadonlyArray<Blob>,
  code: Blob,
  startedAt: number
): Result => ({
  version: 1,
  key: task.key,
  address: task.address,
  output: blobOf(bytesOf(canonical(manifest))),
  inline: manifest,
  blobs: [...blobs],
  code,
  startedAt,
  milliseconds: 1,
  resumed: false,
  run: task.run,
  host: action.stage,
  pid: 1,
  platform: "test"
})

/** `now` tells the results of one action apart. */
export const fakeExecutor = (
  behaviour: Behaviour,
  noted: Notes,
  now: () => number = () => 0
): Layer.Layer<Executor, never, Store> =>
  Layer.effect(
    Executor,
    Effect.map(Store, (store) => {
      const execute = (task: Task, report: (report: Report) => void) =>
        Effect.gen(function* () {
          for (const input of Object.values(task.inputs).flat() as ReadonlyArray<Result>) {
            for (const blob of Object.values((yield* store.manifest(input)).files)) yield* store.get(blob)
          }
          yield* Effect.yieldNow
          const { manifest, bytes } = manifestOf(yield* behaviour(task, report))
          const blob = yield* store.put(bytes)
          const code = yield* store.put(bytesOf(canonical(task.code)))
          const publish = task.fromStart ? store.publishAnew : store.publish
          const result = yield* publish(task.action, resultOf(task, task.action, manifest, [blob], code, now()))
          noted.made.push(task.address)
          return result
        })
      return Executor.of({
        execute: (task, report) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              noted.started.push(task.address)
              noted.mostActive = Math.max(noted.mostActive, ++noted.active)
            }),
            () => execute(task, report),
            () => Effect.sync(() => noted.active--)
          ).pipe(
            Effect.tapError(() =>
              Effect.sync(() => noted.failed.push({ address: task.address, started: noted.started.length }))
            )
          )
      })
    })
  )
