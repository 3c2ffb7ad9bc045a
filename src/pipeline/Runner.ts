/**
 * Carries a plan out: each action once, after its inputs, no more at a time than allowed; what turns out to be made
 * already is cut off; what turns out to be damaged is made again. Knows nothing of processes or terminals.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Semaphore from "effect/Semaphore"
import { type Action, keyOf } from "./Action.ts"
import type { Blob } from "./Artifact.ts"
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

/** The result of a node, however many wait for it. */
type Made = Effect.Effect<Result, ExecutionFailure | Skipped>

/** Enters what is being made under a name, so that whoever needs the same can wait for it. */
const enter = (known: Map<string, Made>, name: string, made: Made): Made => {
  const outcome = Deferred.makeUnsafe<Result, ExecutionFailure | Skipped>()
  known.set(name, Deferred.await(outcome))
  return Effect.onExit(made, (exit) => Deferred.done(outcome, exit))
}

/** An entry to execute. It is not looked up before where it is forced; the reason is found where it is not known yet. */
interface Job {
  readonly entry: Entry
  readonly forced: boolean
  readonly reason: Reason | undefined
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

/** The object of a digest, if it is the result's: its manifest or one of its files. */
const blobIn = ({ output, blobs }: Result, digest: string): Blob | undefined =>
  [output, ...blobs].find((blob) => blob.digest === digest)

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
    const waiting = new Map<string, Made>()
    const making = new Map<string, Made>()
    const healing = new Map<string, Made>()
    const resultOf = (id: string): Result => results.get(id)!

    const record = (event: Event) => Effect.map(journal.record(event), options.observe)

    const recordFailure = (address: string, key: string, error: ExecutionFailure | Skipped) =>
      error._tag === "Skipped"
        ? record({ type: "action-skipped", address, because: error.because })
        : record({
            type: "action-failed",
            address,
            key,
            tag: error._tag === "StageFailed" ? error.tag : error._tag,
            message: error.message
          })

    const reasonOf = ({ entry, reason }: Job, action: Action) =>
      reason !== undefined && reason._tag !== "InputMayChange"
        ? Effect.succeed(reason)
        : Effect.flatMap(options.history, (history) => explain(entry.address, action, entry.code, history)).pipe(
            Effect.provideService(Store, store)
          )

    /** Executes an action whose inputs are all there, unless another controller is doing so: then waits for its result. */
    const perform = (job: Job): Made =>
      Effect.scoped(
        Effect.gen(function* () {
          const { node, address, code } = job.entry
          const action = actionOf(node, code, options.device, resultOf)
          const key = keyOf(action)
          while (
            !(yield* Lease.hold(store.root, { key, address, run: journal.run }).pipe(Effect.provideService(Disk, disk)))
          ) {
            yield* Effect.sleep(POLL)
            const found = yield* store.find(key)
            if (found._tag === "Hit") return found.result
          }
          if (job.forced) yield* store.unpack(key)
          else {
            const found = yield* store.find(key)
            if (found._tag === "Hit") return found.result
          }
          yield* record({
            type: "action-started",
            address,
            key,
            reason: yield* reasonOf(job, action),
            pid: process.pid
          })
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

    /** Makes an entry once more because an object of it is damaged, unless that was done meanwhile. */
    const remake = (entry: Entry, blob: Blob): Made =>
      Effect.gen(function* () {
        const { node, address } = entry
        const result = resultOf(node.id)
        if (yield* Effect.isSuccess(store.get(blob))) return result
        const detail = `object ${blob.digest.slice(0, 12)} is damaged or gone`
        yield* record({ type: "healing", address, detail })
        yield* store.forget(result.key)
        const made = yield* attempt({ entry, forced: true, reason: { _tag: "OutputMissing", detail } }).pipe(
          Effect.tapError((error) => recordFailure(address, result.key, error))
        )
        results.set(node.id, made)
        return made
      }).pipe(Effect.ensuring(Effect.sync(() => healing.delete(entry.node.id))))

    /** Performs a job; where an input turns out to be damaged, makes that again first: each object once. */
    const attempt = (job: Job, healed: ReadonlySet<string> = new Set()): Made =>
      perform(job).pipe(
        Effect.catchTag(["ArtifactCorrupt", "ArtifactMissing"], (error): Made => {
          const holder = inputIds(job.entry.node).find((id) => blobIn(resultOf(id), error.digest) !== undefined)
          if (holder === undefined || healed.has(error.digest)) return Effect.fail(error)
          const source = entryOf.get(holder)!
          const remade =
            healing.get(holder) ?? enter(healing, holder, remake(source, blobIn(resultOf(holder), error.digest)!))
          return Effect.andThen(remade, attempt(job, new Set([...healed, error.digest])))
        })
      )

    const cutOff = (address: string, key: string, result: Result) =>
      Effect.map(record({ type: "action-cut-off", address, key }), () => {
        counts.cutOff++
        return result
      })

    /** Executes an entry unless its key has a result by now. */
    const makeUnlessFound = (entry: Entry, key: string): Made =>
      Effect.gen(function* () {
        const found = entry.forced ? undefined : yield* store.find(key)
        if (found?._tag === "Hit") return yield* cutOff(entry.address, key, found.result)
        return yield* semaphore.withPermits(1)(
          Effect.suspend(() =>
            failed.size > 0 && !options.keepGoing
              ? Effect.fail(new Skipped("another action failed"))
              : attempt({ entry, forced: entry.forced, reason: entry.reason })
          )
        )
      })

    const inputsMade = (entry: Entry) => {
      const needed = inputIds(entry.node)
      const because = (error: ExecutionFailure | Skipped): string =>
        error._tag === "Skipped"
          ? error.because
          : `${needed.map((id) => entryOf.get(id)!.address).find((address) => failed.has(address))} failed`
      return Effect.forEach(needed, (id) => waiting.get(id)!, { concurrency: "unbounded", discard: true }).pipe(
        Effect.mapError((error) => new Skipped(because(error))),
        Effect.tapError((error) => recordFailure(entry.address, "", error))
      )
    }

    const make = (entry: Entry): Made =>
      Effect.gen(function* () {
        yield* inputsMade(entry)
        const key = keyOf(actionOf(entry.node, entry.code, options.device, resultOf))
        const twin = making.get(key)
        const made =
          twin === undefined
            ? enter(making, key, makeUnlessFound(entry, key))
            : Effect.flatMap(twin, (result) => cutOff(entry.address, key, result))
        const result = yield* Effect.tapError(made, (error) => {
          if (error._tag !== "Skipped") failed.set(entry.address, error)
          return recordFailure(entry.address, key, error)
        })
        results.set(entry.node.id, result)
        return result
      }).pipe(
        Effect.tapError((error) =>
          Effect.sync(() => {
            if (error._tag === "Skipped") counts.skipped++
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
    const found = Object.fromEntries(hits.map(({ address, key }) => [address, key!]))
    yield* journal.begin({ pipeline: plan.blueprint.pipeline, made: found, executed: [] })

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
        yield* store.pack
      }).pipe(Effect.ignore)

    yield* Effect.forEach(waiting.values(), (effect) => Effect.ignore(effect), {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.onExit((exit) => close(Exit.isFailure(exit))))
    return yield* summary
  })
