/**
 * Carries a plan out: each action once, after its inputs, no more at a time than allowed; what turns out to be made
 * already is cut off; what turns out to be damaged is made again. Knows nothing of processes or terminals.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result_ from "effect/Result"
import { keyOf } from "./Action.ts"
import type { Blob } from "./Artifact.ts"
import { inputIds } from "./Blueprint.ts"
import { Disk } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import { type Capacity, criticalPaths, type Estimate } from "./Estimate.ts"
import { type ExecutionFailure, Executor } from "./Executor.ts"
import type { History } from "./explain.ts"
import { type Event, Journal, type Recorded } from "./Journal.ts"
import * as Permits from "./Permits.ts"
import { actionOf, type Entry, type Plan, type ResultOf } from "./Plan.ts"
import type { Report } from "./Progress.ts"
import { type Job, Leased, performing } from "./performing.ts"
import type { Result } from "./Result.ts"
import { retrying } from "./retrying.ts"
import { Store } from "./Store.ts"
import { type Summary, tallying } from "./Summary.ts"

export interface RunOptions extends Capacity {
  /** Who goes first, of those that could run. */
  readonly estimate: Estimate
  /** Go on with what does not depend on a failure. */
  readonly keepGoing: boolean
  readonly device: string
  /** Keys of what earlier rounds of the sweep went on from. */
  readonly behind?: ReadonlyArray<string>
  readonly history: Effect.Effect<History, StoreUnavailable>
  readonly observe: (event: Recorded) => void
  readonly onProgress: (address: string, report: Report) => void
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

/** The same, or that another controller is at it. */
type Attempt = Effect.Effect<Result | Leased, ExecutionFailure | Skipped>

/** Enters what is being made under a name, so that whoever needs the same can wait for it. */
const enter = (known: Map<string, Made>, name: string, made: Made): Made => {
  const outcome = Deferred.makeUnsafe<Result, ExecutionFailure | Skipped>()
  known.set(name, Deferred.await(outcome))
  return Effect.onExit(made, (exit) => Deferred.done(outcome, exit))
}

/** The object of a digest, if it is the result's: its manifest or one of its files. */
const blobIn = (result: Result | undefined, digest: string): Blob | undefined =>
  result === undefined ? undefined : [result.output, ...result.blobs].find((blob) => blob.digest === digest)

/** What an event says of a failure. */
const told = (error: ExecutionFailure): { readonly tag: string; readonly message: string } => ({
  tag: error._tag === "StageFailed" ? error.tag : error._tag,
  message: error.message
})

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
    const permits = Permits.make({ cores: options.jobs, megabytes: options.megabytes })
    const priorities = criticalPaths(plan.entries, options.estimate)
    const startedAt = yield* Clock.currentTimeMillis

    const results = new Map<string, Result>()
    const failed = new Map<string, ExecutionFailure>()
    const tally = tallying()
    const entryOf = new Map(plan.entries.map((entry) => [entry.node.id, entry]))
    const waiting = new Map<string, Made>()
    const making = new Map<string, Made>()
    const healing = new Map<string, Made>()
    const resultOf: ResultOf = (id) => results.get(id)

    const record = (event: Event) =>
      Effect.suspend(() => {
        tally.observe(event)
        return Effect.map(journal.record(event), options.observe)
      })

    const recordFailure = (address: string, key: string, error: ExecutionFailure | Skipped) =>
      error._tag === "Skipped"
        ? record({ type: "action-skipped", address, because: error.because })
        : record({ type: "action-failed", address, key, ...told(error) })

    /** What did not come about counts and is told of. */
    const giveUp = (address: string, key: string, error: ExecutionFailure | Skipped) => {
      if (error._tag === "Skipped") tally.skip()
      else failed.set(address, error)
      return recordFailure(address, key, error)
    }

    const by = performing({ store, disk, executor, journal }, options, record, resultOf)
    /** After a failure nothing new starts. */
    const goesOn = () => failed.size === 0 || options.keepGoing

    const unlessEnding = (attempted: Attempt): Attempt =>
      Effect.suspend(() => (goesOn() ? attempted : Effect.fail(new Skipped("another action failed"))))

    /** Does a job `within` what it needs; while another controller is at it, that one is waited for without. */
    const share = (job: Job, within: (once: Attempt) => Attempt): Made =>
      Effect.flatMap(within(attempt(job)), (made) =>
        made instanceof Leased
          ? Effect.flatMap(by.waitFor(job, made, goesOn), (theirs) =>
              theirs === undefined ? share(job, within) : Effect.succeed(theirs)
            )
          : Effect.succeed(made)
      )

    /** Makes an entry once more because an object of it is damaged, unless that was done meanwhile. */
    const remake = (entry: Entry, blob: Blob): Made =>
      Effect.gen(function* () {
        const { node, address } = entry
        const result = resultOf(node.id)!
        if (yield* Effect.isSuccess(store.get(blob))) return result
        const detail = `object ${blob.digest.slice(0, 12)} is damaged or gone`
        yield* record({ type: "healing", address, detail })
        yield* store.forget(result.key)
        const job: Job = { entry, forced: true, reason: { _tag: "OutputMissing", detail } }
        const made = yield* share(job, unlessEnding).pipe(
          Effect.tapError((error) => recordFailure(address, result.key, error))
        )
        results.set(node.id, made)
        return made
      }).pipe(Effect.ensuring(Effect.sync(() => healing.delete(entry.node.id))))

    /** Performs a job; where an input turns out to be damaged, makes that again first: each object once. */
    const attempt = (job: Job, healed: ReadonlySet<string> = new Set()): Attempt =>
      by.perform(job).pipe(
        Effect.catchTag(["ArtifactCorrupt", "ArtifactMissing"], (error): Attempt => {
          const holder = inputIds(job.entry.node).find((id) => blobIn(resultOf(id), error.digest) !== undefined)
          if (holder === undefined || healed.has(error.digest)) return Effect.fail(error)
          const source = entryOf.get(holder)!
          const remade =
            healing.get(holder) ?? enter(healing, holder, remake(source, blobIn(resultOf(holder), error.digest)!))
          return Effect.andThen(remade, attempt(job, new Set([...healed, error.digest])))
        })
      )

    /** Executes an entry unless its key has a result by now. */
    const makeUnlessFound = (entry: Entry, key: string): Made =>
      Effect.gen(function* () {
        const found = entry.forced ? undefined : yield* store.find(key)
        if (found?._tag === "Hit") return yield* by.takeOver(entry.address, found.result)
        const { conduct, id } = entry.node
        const need = { cores: conduct.cores, megabytes: conduct.megabytes, priority: priorities.get(id) ?? 0 }
        const job: Job = { entry, forced: entry.forced, reason: entry.reason }
        return yield* share(job, (attempted) => {
          const once = unlessEnding(attempted)
          return retrying(conduct.retries, (effect) => permits.during(need, effect), once, {
            retry: (error, milliseconds) =>
              error._tag === "Skipped"
                ? Effect.void
                : record({ type: "action-retried", address: entry.address, key, ...told(error), milliseconds }),
            // Before its permit is given back: nothing starts after a failure.
            end: (error) => {
              if (error._tag !== "Skipped") failed.set(entry.address, error)
            }
          })
        })
      })

    const becauseOf = (error: ExecutionFailure | Skipped, needed: ReadonlyArray<string>): string =>
      error._tag === "Skipped"
        ? error.because
        : `${needed.map((id) => entryOf.get(id)!.address).find((address) => failed.has(address))} failed`

    /** Waits for what a node collects, and does without those that failed if the rest is enough. */
    const collect = (entry: Entry, ids: ReadonlyArray<string>, quorum: number) =>
      Effect.gen(function* () {
        const exits = yield* Effect.forEach(ids, (id) => Effect.result(waiting.get(id)!), { concurrency: "unbounded" })
        const missing = ids.filter((_, index) => Result_.isFailure(exits[index]!))
        if (missing.length === 0) return
        const first = exits.find(Result_.isFailure)!
        if (ids.length - missing.length < quorum * ids.length) return yield* Effect.fail(first.failure)
        yield* record({
          type: "action-partial",
          address: entry.address,
          missing: missing.map((id) => entryOf.get(id)!.address)
        })
      })

    const inputsMade = (entry: Entry) =>
      Effect.forEach(
        Object.entries(entry.node.inputs),
        ([argument, input]) => {
          const ids = typeof input === "string" ? [input] : input
          return Effect.mapError(
            collect(entry, ids, entry.node.quorums[argument] ?? 1),
            (error) => new Skipped(error._tag === "StoreUnavailable" ? error.message : becauseOf(error, ids))
          )
        },
        { concurrency: "unbounded", discard: true }
      ).pipe(Effect.tapError((error) => giveUp(entry.address, "", error)))

    const make = (entry: Entry): Made =>
      Effect.gen(function* () {
        yield* inputsMade(entry)
        const key = keyOf(actionOf(entry.node, entry.code, options.device, resultOf))
        const twin = making.get(key)
        const made =
          twin === undefined
            ? enter(making, key, makeUnlessFound(entry, key))
            : Effect.flatMap(twin, (result) => by.takeOver(entry.address, result))
        const result = yield* Effect.tapError(made, (error) => giveUp(entry.address, key, error))
        results.set(entry.node.id, result)
        return result
      })

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
    const about = { pipeline: plan.blueprint.pipeline, behind: options.behind ?? [] }
    yield* journal.begin({ ...about, made: found, executed: [] })

    const summary = Effect.map(
      Clock.currentTimeMillis,
      (now): Summary => ({
        hit: hits.length,
        ...tally.counts(),
        failed: [...failed].map(([address, error]) => ({ address, error })),
        milliseconds: now - startedAt,
        results
      })
    )

    /** Written however the run ends, so that the next one knows what is at each address: each part, if another fails too. */
    const close = (interrupted: boolean) =>
      Effect.gen(function* () {
        const { results: whole, failed: failures, ...rest } = yield* summary
        const made = Object.fromEntries([...whole].map(([id, result]) => [entryOf.get(id)!.address, result.key]))
        const outcome = interrupted ? "interrupted" : failures.length > 0 ? "failed" : "done"
        yield* Effect.ignore(record({ type: "run-finished", outcome, ...rest, failed: failures.length }))
        yield* Effect.ignore(journal.finish({ ...about, made, executed: tally.executed() }))
        yield* Effect.ignore(store.pack)
      })

    yield* Effect.forEach(waiting.values(), (effect) => Effect.ignore(effect), {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.onExit((exit) => close(Exit.hasInterrupts(exit))))
    return yield* summary
  })
