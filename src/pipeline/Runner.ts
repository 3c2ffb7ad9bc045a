/**
 * Carries a plan out: each action once, after its inputs, no more at a time than allowed; what turns out to be made
 * already is cut off; what turns out to be damaged is made again. Knows nothing of processes or terminals.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import { keyOf } from "./Action.ts"
import { type BlueprintNode, inputIds } from "./Blueprint.ts"
import { Disk } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import { type ExecutionFailure, Executor } from "./Executor.ts"
import { explain, type History } from "./explain.ts"
import { type Event, Journal, type Recorded } from "./Journal.ts"
import * as Lease from "./Lease.ts"
import { actionOf, type Entry, type Plan } from "./Plan.ts"
import type { Report } from "./Progress.ts"
import type { Reason } from "./Reason.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"

export interface RunOptions {
  readonly jobs: number
  /** Go on with what does not depend on a failure. */
  readonly keepGoing: boolean
  readonly device: string
  readonly history: Effect.Effect<History, StoreUnavailable>
  readonly observe: (event: Recorded) => void
  readonly onProgress: (address: string, report: Report) => void
}

export interface Summary {
  readonly hit: number
  readonly ran: number
  readonly cutOff: number
  readonly failed: ReadonlyArray<{ readonly address: string; readonly error: ExecutionFailure }>
  readonly skipped: number
  readonly milliseconds: number
  /** Node id → result, of everything that is whole now. */
  readonly results: ReadonlyMap<string, Result>
}

/** An action that did not run because something it needs did not come about. */
class Skipped {
  readonly _tag = "Skipped"
  readonly because: string
  constructor(because: string) {
    this.because = because
  }
}

/** How long to wait before looking again whether another controller has made what is needed. */
const POLL = "250 millis"

interface Inputs {
  readonly [name: string]: Result | ReadonlyArray<Result>
}

const inputsOf = (node: BlueprintNode, resultOf: (id: string) => Result): Inputs =>
  Object.fromEntries(
    Object.entries(node.inputs).map(([name, input]) => [
      name,
      typeof input === "string" ? resultOf(input) : input.map(resultOf)
    ])
  )

/**
 * Runs everything in the plan that is no hit.
 *
 * Errors  StoreUnavailable; failures of actions are in the summary
 */
export const run = (
  plan: Plan,
  options: RunOptions
): Effect.Effect<Summary, StoreUnavailable, Store | Disk | Executor | Journal> =>
  Effect.gen(function* () {
    const store = yield* Store
    const disk = yield* Disk
    const executor = yield* Executor
    const journal = yield* Journal
    const semaphore = yield* Semaphore.make(options.jobs)
    const startedAt = yield* Clock.currentTimeMillis

    const results = new Map<string, Result>()
    const executed = new Set<string>()
    const failed = new Map<string, ExecutionFailure>()
    const counts = { cutOff: 0, skipped: 0 }
    const entryOf = new Map(plan.entries.map((entry) => [entry.node.id, entry]))
    const waiting = new Map<string, Effect.Effect<Result, ExecutionFailure | Skipped>>()
    const healing = new Map<string, Effect.Effect<Result, ExecutionFailure | Skipped>>()
    const resultOf = (id: string): Result => results.get(id)!

    const record = (event: Event) => Effect.map(journal.record(event), options.observe)

    /** Executes an action whose inputs are all there, unless another controller is doing so: then waits for its result. */
    const perform = (entry: Entry, forced: boolean): Effect.Effect<Result, ExecutionFailure | Skipped> =>
      Effect.scoped(
        Effect.gen(function* () {
          const { node, address, code } = entry
          const action = actionOf(node, code, options.device, resultOf)
          const key = keyOf(action)
          while (
            !(yield* Lease.hold(store.root, { key, address, run: journal.run }).pipe(Effect.provideService(Disk, disk)))
          ) {
            yield* Effect.sleep(POLL)
            const found = yield* store.find(key)
            if (found._tag === "Hit") return found.result
          }
          if (!forced) {
            const found = yield* store.find(key)
            if (found._tag === "Hit") return found.result
          }
          const reason: Reason =
            entry.reason !== undefined && entry.reason._tag !== "InputMayChange"
              ? entry.reason
              : yield* explain(address, action, code, yield* options.history).pipe(Effect.provideService(Store, store))
          yield* record({ type: "action-started", address, key, reason, pid: process.pid })
          const task = { address, key, action, code, inputs: inputsOf(node, resultOf), run: journal.run }
          const result = yield* executor.execute(task, (report) => options.onProgress(address, report))
          executed.add(address)
          yield* record({
            type: "action-finished",
            address,
            key,
            milliseconds: result.milliseconds,
            resumed: result.resumed,
            output: result.output.digest
          })
          return result
        })
      )

    /** Makes what a damaged object came from once more; however many ask for it, once. */
    const heal = (digest: string, node: BlueprintNode): Effect.Effect<boolean, ExecutionFailure | Skipped> =>
      Effect.gen(function* () {
        const source = inputIds(node).find((id) => {
          const result = resultOf(id)
          return result.output.digest === digest || result.blobs.some((blob) => blob.digest === digest)
        })
        if (source === undefined) return false
        const entry = entryOf.get(source)!
        if (!healing.has(source)) {
          yield* record({
            type: "healing",
            address: entry.address,
            detail: `object ${digest.slice(0, 12)} is damaged or gone`
          })
          healing.set(
            source,
            yield* Effect.cached(Effect.andThen(store.forget(resultOf(source).key), attempt(entry, true)))
          )
        }
        results.set(source, yield* healing.get(source)!)
        return true
      })

    const attempt = (entry: Entry, forced: boolean): Effect.Effect<Result, ExecutionFailure | Skipped> =>
      perform(entry, forced).pipe(
        Effect.catchTag(["ArtifactCorrupt", "ArtifactMissing"], (error) =>
          Effect.flatMap(
            heal(error.digest, entry.node),
            (healed): Effect.Effect<Result, ExecutionFailure | Skipped> =>
              healed ? perform(entry, true) : Effect.fail(error)
          )
        )
      )

    const make = (entry: Entry): Effect.Effect<Result, ExecutionFailure | Skipped> =>
      Effect.gen(function* () {
        const needed = inputIds(entry.node)
        yield* Effect.forEach(needed, (id) => waiting.get(id)!, { concurrency: "unbounded", discard: true }).pipe(
          Effect.mapError(
            (error) =>
              new Skipped(
                error._tag === "Skipped"
                  ? error.because
                  : `${needed.map((id) => entryOf.get(id)!.address).find((address) => failed.has(address))} failed`
              )
          )
        )
        const forced = entry.reason?._tag === "Forced"
        const action = actionOf(entry.node, entry.code, options.device, resultOf)
        const key = keyOf(action)
        const found = forced ? undefined : yield* store.find(key)
        if (found?._tag === "Hit") {
          counts.cutOff++
          yield* record({ type: "action-cut-off", address: entry.address, key })
          results.set(entry.node.id, found.result)
          return found.result
        }
        return yield* semaphore.withPermits(1)(
          Effect.gen(function* () {
            if (failed.size > 0 && !options.keepGoing) return yield* Effect.fail(new Skipped("another action failed"))
            const result = yield* attempt(entry, forced)
            results.set(entry.node.id, result)
            return result
          })
        )
      }).pipe(
        Effect.tapError((error) =>
          Effect.gen(function* () {
            if (error._tag === "Skipped") {
              counts.skipped++
              return yield* record({ type: "action-skipped", address: entry.address, because: error.because })
            }
            failed.set(entry.address, error)
            yield* record({
              type: "action-failed",
              address: entry.address,
              key: entry.key ?? "",
              tag: error._tag === "StageFailed" ? error.tag : error._tag,
              message: error.message
            })
          })
        )
      )

    const hits = plan.entries.filter((entry) => entry.state === "hit")
    for (const entry of plan.entries) {
      if (entry.state === "hit") {
        results.set(entry.node.id, entry.result!)
        waiting.set(entry.node.id, Effect.succeed(entry.result!))
      } else {
        waiting.set(entry.node.id, yield* Effect.cached(make(entry)))
      }
    }

    const summary = Effect.map(
      Clock.currentTimeMillis,
      (now): Summary => ({
        hit: hits.length,
        ran: executed.size,
        cutOff: counts.cutOff,
        failed: [...failed].map(([address, error]) => ({ address, error })),
        skipped: counts.skipped,
        milliseconds: now - startedAt,
        results
      })
    )

    /** Written however the run ends, so that the next one knows what is at each address. */
    const close = (interrupted: boolean) =>
      Effect.gen(function* () {
        const { results: whole, failed: failures, ...rest } = yield* summary
        const outcome = interrupted ? "interrupted" : failures.length > 0 ? "failed" : "done"
        yield* record({ type: "run-finished", outcome, ...rest, failed: failures.length })
        const made = Object.fromEntries([...whole].map(([id, result]) => [entryOf.get(id)!.address, result.key]))
        yield* journal.finish({ pipeline: plan.blueprint.pipeline, made, executed: [...executed] })
      }).pipe(Effect.ignore)

    yield* Effect.forEach(waiting.values(), (effect) => Effect.ignore(effect), {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.onExit((exit) => close(Exit.isFailure(exit))))
    return yield* summary
  })
