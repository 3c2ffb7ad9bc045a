/**
 * Runs one action in this process: loads the very bundle that was hashed, decodes its inputs, runs the stage, publishes
 * what it made. The same for worker processes and for tests. Knows nothing of how it was asked to.
 */
import { hostname } from "node:os"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { keyOf } from "../pipeline/Action.ts"
import * as Artifact from "../pipeline/Artifact.ts"
import { Checkpoint } from "../pipeline/Checkpoint.ts"
import { canonical, canonicalValue, type Json, sha256 } from "../pipeline/canonical.ts"
import { Device } from "../pipeline/Device.ts"
import { Disk } from "../pipeline/Disk.ts"
import type { Task } from "../pipeline/Executor.ts"
import { Progress, type Report } from "../pipeline/Progress.ts"
import { Provenance } from "../pipeline/Provenance.ts"
import { INLINE_BYTES, type Result } from "../pipeline/Result.ts"
import type * as Stage from "../pipeline/Stage.ts"
import { Store } from "../pipeline/Store.ts"
import * as checkpoints from "./checkpoints.ts"
import { loadStage } from "./loadStage.ts"
import type { Assignment } from "./Protocol.ts"

export interface Hooks {
  readonly report: (report: Report) => void
  /** Whether the process was asked to stop. */
  readonly stopping: () => boolean
  /** The stage has asked for its states, or offered one: it will save what it has when it is asked to stop. */
  readonly saves: () => void
}

/** The values of a stage's arguments: parameters decoded, artifacts read and checked. */
const argumentsOf = (stage: Stage.Any, { task }: Assignment) =>
  Effect.gen(function* () {
    const store = yield* Store
    const read = (artifact: Artifact.Any, result: Result) =>
      Effect.flatMap(store.manifest(result), (manifest) => Artifact.decode(artifact, manifest, store.get))
    const given: Record<string, unknown> = {}
    for (const [name, take] of Object.entries(stage.takes)) {
      if (Artifact.isArtifact(take)) given[name] = yield* read(take, task.inputs[name] as Result)
      else if (Artifact.isMany(take)) {
        given[name] = yield* Effect.forEach(task.inputs[name] as ReadonlyArray<Result>, (result) =>
          read(take.many, result)
        )
      } else
        given[name] = yield* Schema.decodeUnknownEffect(
          Schema.toCodecJson(take) as unknown as Schema.Codec<unknown, Json>
        )(task.action.params[name])
    }
    return given
  })

/** Where the states of an action lie: with those of actions that only go less far, or further. */
const placeOf = (root: string, { key, action, extends: only }: Task): checkpoints.Place => {
  if (only.length === 0) return { root, key, family: key }
  const params = Object.fromEntries(Object.entries(action.params).filter(([name]) => !only.includes(name)))
  return { root, key, family: keyOf({ ...action, params }) }
}

/** The services that every stage has. `resumed` tells whether a checkpoint was used. */
const services = (
  { task, store: root, checkpointMilliseconds }: Assignment,
  hooks: Hooks,
  note: { resumed: boolean; left: boolean }
) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const place = placeOf(root, task)
    let savedAt = yield* Clock.currentTimeMillis
    const checkpoint = Checkpoint.of({
      restore: (definition) =>
        Effect.suspend(() => {
          hooks.saves()
          return task.fromStart ? Effect.succeed([]) : checkpoints.restore(place, definition)
        }).pipe(
          Effect.tap((states) =>
            Effect.sync(() => {
              note.resumed = states.length > 0
            })
          ),
          Effect.provideService(Disk, disk),
          Effect.orDie
        ),
      offer: (definition, state) =>
        Effect.gen(function* () {
          hooks.saves()
          const now = yield* Clock.currentTimeMillis
          if (!hooks.stopping() && now - savedAt < checkpointMilliseconds) return
          yield* checkpoints.save(place, definition, state())
          savedAt = yield* Clock.currentTimeMillis
          if (hooks.stopping()) yield* Effect.interrupt
        }).pipe(Effect.provideService(Disk, disk), Effect.orDie),
      leave: (definition, state) =>
        Effect.gen(function* () {
          if (task.extends.length === 0) return
          yield* checkpoints.save(place, definition, state)
          note.left = true
        }).pipe(Effect.provideService(Disk, disk), Effect.orDie)
    })
    const keys = (argument: string): ReadonlyArray<string> => {
      const input = task.inputs[argument]
      return input === undefined
        ? []
        : (Array.isArray(input) ? (input as ReadonlyArray<Result>) : [input as Result]).map(({ key }) => key)
    }
    return Layer.mergeAll(
      Layer.succeed(Checkpoint)(checkpoint),
      Layer.succeed(Device)({ name: String(task.action.env["device"] ?? "cpu") }),
      Layer.succeed(Progress)({ report: (report) => Effect.sync(() => hooks.report(report)) }),
      Layer.succeed(Provenance)({ keys })
    )
  })

/** Executes an assignment and publishes its result; errors are the stage's own, or those of the store. */
export const execute = (assignment: Assignment, hooks: Hooks): Effect.Effect<Result, unknown, Store | Disk> =>
  Effect.gen(function* () {
    const { task, root } = assignment
    const store = yield* Store
    const startedAt = yield* Clock.currentTimeMillis
    const stage = yield* loadStage(root, task.action.stage, task.code.bundle)
    const given = yield* argumentsOf(stage, assignment)
    const note = { resumed: false, left: false }
    const provided = yield* services(assignment, hooks, note)
    const layer = (stage.layer === undefined ? provided : Layer.provideMerge(stage.layer, provided)) as Layer.Layer<
      never,
      unknown
    >
    const value = yield* Effect.scoped(
      Effect.provide(stage.run(given as never) as Effect.Effect<unknown, unknown, never>, layer)
    )
    const { manifest, blobs } = yield* Artifact.encode(stage.makes, value)
    const stored = yield* Effect.forEach([...blobs.values()], store.put)
    const text = canonicalValue(manifest)
    const bytes = new TextEncoder().encode(text)
    const small = bytes.byteLength <= INLINE_BYTES
    const output = small ? { digest: sha256(bytes), size: bytes.byteLength } : yield* store.put(bytes)
    const code = yield* store.put(new TextEncoder().encode(canonical(task.code)))
    const finishedAt = yield* Clock.currentTimeMillis
    const publish = task.fromStart ? store.publishAnew : store.publish
    const result = yield* publish(task.action, {
      version: 1,
      key: task.key,
      address: task.address,
      output,
      ...(small ? { inline: manifest } : {}),
      blobs: small ? stored : [...stored, output],
      code,
      startedAt,
      milliseconds: finishedAt - startedAt,
      resumed: note.resumed,
      run: task.run,
      host: hostname(),
      pid: process.pid,
      platform: `${process.platform} ${process.arch}, node ${process.version}`
    })
    yield* checkpoints.discard(placeOf(assignment.store, task), note.left ? 1 : 0).pipe(Effect.ignore)
    return result
  })
