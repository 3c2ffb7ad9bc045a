/**
 * Runs actions in worker processes of this machine, and keeps idle ones warm. A worker that dies takes only its own action
 * with it. Knows nothing of what stages do.
 */
import { type ChildProcess, fork } from "node:child_process"
import { appendFileSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ArtifactCorrupt, ArtifactMissing, StageFailed, StoreUnavailable, WorkerDied } from "../pipeline/Errors.ts"
import { type ExecutionFailure, Executor, type Task } from "../pipeline/Executor.ts"
import { Journal } from "../pipeline/Journal.ts"
import type { Report } from "../pipeline/Progress.ts"
import type { Result } from "../pipeline/Result.ts"
import { Store } from "../pipeline/Store.ts"
import type { Answer, Assignment, Failure } from "./Protocol.ts"

export interface LocalOptions {
  /** The project's folder. */
  readonly root: string
  /** Where brink itself lies. */
  readonly brink: string
  readonly checkpointMilliseconds: number
  /** How long a worker may take to save its state before it is killed. */
  readonly graceMilliseconds: number
}

/** Fresh memory costs more than arithmetic where every large block is mapped anew: glibc is told to keep it. */
const TUNABLES = "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296"

interface Worker {
  readonly child: ChildProcess
  /** Where its output goes at the moment. */
  log: string | undefined
  /** The end of what it wrote to standard error. */
  tail: string
}

const start = (options: LocalOptions): Worker => {
  const child = fork(join(options.brink, "src", "executor", "worker.ts"), [], {
    cwd: options.root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: {
      ...process.env,
      ...(process.platform === "linux" ? { GLIBC_TUNABLES: process.env["GLIBC_TUNABLES"] ?? TUNABLES } : {})
    }
  })
  const worker: Worker = { child, log: undefined, tail: "" }
  const keep = (chunk: Buffer): void => {
    worker.tail = (worker.tail + chunk.toString()).slice(-2000)
    if (worker.log === undefined) return
    mkdirSync(dirname(worker.log), { recursive: true })
    appendFileSync(worker.log, chunk)
  }
  child.stdout!.on("data", keep)
  child.stderr!.on("data", keep)
  return worker
}

/** How a process ended, and what that usually means. */
const obituary = (
  worker: Worker,
  code: number | null,
  signal: NodeJS.Signals | null
): { readonly cause: string; readonly hint: string } => {
  const heap = worker.tail.includes("heap out of memory")
  if (heap)
    return {
      cause: "JavaScript heap out of memory",
      hint: "Make its inputs smaller, or give Node more with NODE_OPTIONS=--max-old-space-size."
    }
  if (signal === "SIGKILL")
    return {
      cause: "SIGKILL",
      hint: "The system kills what uses too much memory: see dmesg, run fewer at once (-j), or make it smaller."
    }
  if (
    signal === "SIGSEGV" ||
    signal === "SIGBUS" ||
    signal === "SIGILL" ||
    signal === "SIGABRT" ||
    signal === "SIGFPE"
  ) {
    return { cause: `${signal}, a crash of native code`, hint: "Its log holds what it last wrote." }
  }
  return { cause: signal === null ? `exit code ${code}` : signal, hint: "Its log holds what it last wrote." }
}

const failureOf = (task: Task, log: string, { tag, message, fields }: Failure): ExecutionFailure => {
  switch (tag) {
    case "ArtifactMissing":
      return new ArtifactMissing(fields as never)
    case "ArtifactCorrupt":
      return new ArtifactCorrupt(fields as never)
    case "StoreUnavailable":
      return new StoreUnavailable(fields as never)
    default:
      return new StageFailed({ address: task.address, key: task.key, tag, detail: message, log })
  }
}

/** Gives a worker one assignment, and waits for its answer or its end. */
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
    worker.log = log
    worker.tail = ""
    const settle = (effect: Effect.Effect<Result, ExecutionFailure>): void => {
      child.off("message", onMessage)
      child.off("close", onClose)
      worker.log = undefined
      resume(effect)
    }
    const onMessage = (message: Answer): void => {
      if (message.type === "progress") onProgress(message.report)
      else if (message.type === "done") settle(Effect.succeed(message.result))
      else if (message.type === "failed") settle(Effect.fail(failureOf(task, log, message.failure)))
    }
    const onClose = (code: number | null, signal: NodeJS.Signals | null): void =>
      settle(
        Effect.fail(new WorkerDied({ address: task.address, key: task.key, log, ...obituary(worker, code, signal) }))
      )
    child.on("message", onMessage)
    child.on("close", onClose)
    if (child.connected) child.send(assignment)
    return Effect.callback<void>((done) => {
      child.off("message", onMessage)
      child.off("close", onClose)
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
      const worker = start(options)
      all.add(worker)
      worker.child.once("close", () => all.delete(worker))
      return worker
    }

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const { child } of all) child.kill("SIGTERM")
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
