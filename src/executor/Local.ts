/**
 * Runs actions in worker processes of this machine, and keeps idle ones warm. A worker that dies takes only its own action
 * with it. Knows nothing of what stages do.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { StageFailed, WorkerDied } from "../pipeline/Errors.ts"
import { type ExecutionFailure, Executor, type Task } from "../pipeline/Executor.ts"
import { Journal } from "../pipeline/Journal.ts"
import type { Report } from "../pipeline/Progress.ts"
import type { Result } from "../pipeline/Result.ts"
import { Store } from "../pipeline/Store.ts"
import { type Answer, type Assignment, type Failure, StoreFailure } from "./Protocol.ts"
import { obituary, start, type Worker } from "./workerProcess.ts"

export interface LocalOptions {
  /** The project's folder. */
  readonly root: string
  /** Where brink itself lies. */
  readonly brink: string
  readonly checkpointMilliseconds: number
  /** How long a worker may take to save its state before it is killed. */
  readonly graceMilliseconds: number
}

const failureOf = (task: Task, log: string, failure: Failure): ExecutionFailure =>
  failure.of === "store"
    ? Schema.decodeSync(StoreFailure)(failure.error)
    : new StageFailed({ address: task.address, key: task.key, tag: failure.tag, detail: failure.message, log })

/** Gives a worker one assignment, and waits for its answer and the end of its output, or for its end. */
const assign = (
  worker: Worker,
  assignment: Assignment,
  log: string,
  graceMilliseconds: number,
  onProgress: (report: Report) => void
): Effect.Effect<Result, ExecutionFailure> =>
  Effect.callback<Result, ExecutionFailure>((resume) => {
    const { task } = assignment
    const { child } = worker
    const written = worker.writeTo(log)
    const leave = (): void => {
      child.off("message", onMessage)
      child.off("close", onClose)
      child.off("error", onError)
    }
    const answered = (effect: Effect.Effect<Result, ExecutionFailure>): void => {
      child.off("message", onMessage)
      written.then((lost) => {
        leave()
        resume(lost === undefined ? effect : Effect.andThen(effect, Effect.fail(lost)))
      })
    }
    const onMessage = (message: Answer): void => {
      if (message.type === "progress") onProgress(message.report)
      else if (message.type === "done") answered(Effect.succeed(message.result))
      else if (message.type === "failed") answered(Effect.fail(failureOf(task, log, message.failure)))
    }
    const onClose = (code: number | null, signal: NodeJS.Signals | null): void => {
      leave()
      resume(
        Effect.fail(new WorkerDied({ address: task.address, key: task.key, log, ...obituary(worker, code, signal) }))
      )
    }
    const onError = (cause: Error): void => {
      // Where there was a process, its end is still to come.
      if (child.pid !== undefined) return
      leave()
      const hint = "The system has no process to spare, or the project's folder has gone."
      const died = { cause: `it could not be started: ${cause.message}`, hint }
      resume(Effect.fail(new WorkerDied({ address: task.address, key: task.key, log, ...died })))
    }
    child.on("message", onMessage)
    child.on("close", onClose)
    child.on("error", onError)
    if (child.connected) child.send(assignment)
    return Effect.callback<void>((done) => {
      leave()
      if (child.exitCode !== null || child.signalCode !== null) return done(Effect.void)
      const kill = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds)
      child.once("close", () => {
        clearTimeout(kill)
        done(Effect.void)
      })
      child.kill("SIGTERM")
    })
  })

const make = (options: LocalOptions) =>
  Effect.gen(function* () {
    const store = yield* Store
    const journal = yield* Journal
    const idle: Array<Worker> = []
    const all = new Set<Worker>()

    const take = (): Worker => {
      for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) {
        if (worker.child.connected && worker.child.exitCode === null) return worker
      }
      const worker = start(options.root, options.brink)
      all.add(worker)
      worker.child.once("close", () => all.delete(worker))
      return worker
    }

    const endAll = (signal: NodeJS.Signals) => (): void => {
      for (const { child } of all) child.kill(signal)
    }
    // A controller that does not wait leaves nobody behind either.
    const abandon = endAll("SIGKILL")
    process.on("exit", abandon)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        endAll("SIGTERM")()
        process.off("exit", abandon)
      })
    )

    return Executor.of({
      execute: (task, onProgress) =>
        Effect.suspend(() => {
          const worker = take()
          const assignment: Assignment = {
            task,
            root: options.root,
            store: store.root,
            checkpointMilliseconds: options.checkpointMilliseconds
          }
          return assign(worker, assignment, journal.logPath(task.key), options.graceMilliseconds, onProgress).pipe(
            Effect.tap(() => Effect.sync(() => idle.push(worker))),
            Effect.tapError((error) =>
              Effect.sync(() => {
                if (error._tag !== "WorkerDied") idle.push(worker)
              })
            )
          )
        })
    })
  })

export const layer = (options: LocalOptions): Layer.Layer<Executor, never, Store | Journal> =>
  Layer.effect(Executor, make(options))
