/**
 * The process that computes: takes one assignment after another from its controller, answers each, and stops when it is
 * told to or when the controller is gone, after saving its state. Its standard output is the log of the action.
 */
import { inspect } from "node:util"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schema from "effect/Schema"
import type { Place } from "../pipeline/bundle.ts"
import * as Disk from "../pipeline/Disk.ts"
import * as Store from "../pipeline/Store.ts"
import { inSources } from "../pipeline/sourcePlaces.ts"
import { execute } from "./execute.ts"
import { type Answer, type Assignment, END_OF_OUTPUT, type Failure, StoreFailure } from "./Protocol.ts"

/** EX_TEMPFAIL: whoever started it may try again. */
const TRY_AGAIN = 75
/** How long a stage that was asked to stop may compute before it offers a checkpoint. */
const PATIENCE_MILLISECONDS = 5_000

let stopping = false
/** Whether what runs saves states: one that does not has nothing to wait for. */
let saves = false
let running: Fiber.Fiber<unknown, unknown> | undefined

const isStoreFailure = Schema.is(StoreFailure)

const answer = (message: Answer, then?: () => void): void => {
  if (process.connected) process.send!(message, undefined, {}, () => then?.())
  else then?.()
}

/** The first error of a cause, as data, and where it was thrown. */
const failureOf = (cause: Cause.Cause<unknown>, place: Place | undefined): Failure => {
  const error = Cause.squash(cause)
  if (isStoreFailure(error)) return { of: "store", error: Schema.encodeSync(StoreFailure)(error) }
  const tagged = typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined
  return {
    of: "stage",
    tag: typeof tagged === "string" ? tagged : error instanceof Error ? error.name : "Failure",
    message: `${error instanceof Error ? error.message : typeof error === "string" ? error : inspect(error)}${tagged === undefined && place !== undefined ? ` (${place.file}:${place.line})` : ""}`
  }
}

/** Store → what runs actions on it; kept for as long as the process lives, with what it has found to be on disk. */
const runtimes = new Map<string, ManagedRuntime.ManagedRuntime<Store.Store | Disk.Disk, never>>()

const runtimeOf = (store: string) => {
  const known = runtimes.get(store) ?? ManagedRuntime.make(Store.layer(store).pipe(Layer.provideMerge(Disk.layer)))
  runtimes.set(store, known)
  return known
}

/** Ends the log of an action, and answers. */
const end = (message: Answer, then?: () => void): void => {
  running = undefined
  process.stdout.write(END_OF_OUTPUT)
  process.stderr.write(END_OF_OUTPUT)
  answer(message, then)
}

const run = (assignment: Assignment): void => {
  const hooks = {
    report: (report: (Answer & { type: "progress" })["report"]) => answer({ type: "progress", report }),
    stopping: () => stopping,
    saves: () => {
      saves = true
    }
  }
  saves = false
  const fiber = runtimeOf(assignment.store).runFork(execute(assignment, hooks))
  running = fiber
  fiber.addObserver((exit) => {
    const isStopped = stopping && Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
    if (Exit.isSuccess(exit))
      return end({ type: "done", result: exit.value }, stopping ? () => process.exit(0) : undefined)
    if (isStopped) return end({ type: "stopped" }, () => process.exit(TRY_AGAIN))
    const { stage } = assignment.task.action
    const code = { root: assignment.root, stage, digest: assignment.task.code.bundle }
    void Effect.runPromise(inSources(code, Cause.pretty(exit.cause))).then(({ trace, first }) => {
      process.stderr.write(`${trace}\n`)
      end({ type: "failed", failure: failureOf(exit.cause, first) }, stopping ? () => process.exit(1) : undefined)
    })
  })
}

/** Asks the stage to save and end; ends at once where nothing runs, or nothing that saves. */
const stop = (): void => {
  stopping = true
  if (running === undefined) process.exit(0)
  const fiber = running
  setTimeout(() => Effect.runFork(Fiber.interrupt(fiber)), saves ? PATIENCE_MILLISECONDS : 0).unref()
}

// A controller that is gone hears nothing more: that ends nothing before its state is saved.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)

process.on("message", run)
process.on("disconnect", stop)
process.on("SIGTERM", stop)
process.on("SIGUSR1", stop)
// Ctrl-C reaches every process of the terminal: the controller decides what it means.
process.on("SIGINT", () => undefined)
answer({ type: "ready" })
