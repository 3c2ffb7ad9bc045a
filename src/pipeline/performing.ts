/**
 * Executes one action whose inputs are all there: under a lease, within its time, and with its beginning and its end in the
 * journal. Knows nothing of what comes before it or after it.
 */
import * as Effect from "effect/Effect"
import { type Action, keyOf } from "./Action.ts"
import type { BlueprintNode } from "./Blueprint.ts"
import { Disk } from "./Disk.ts"
import { type StoreUnavailable, TimedOut } from "./Errors.ts"
import type { ExecutionFailure, Executor, Task } from "./Executor.ts"
import { explain, type History } from "./explain.ts"
import type { Event, Journal } from "./Journal.ts"
import * as Lease from "./Lease.ts"
import { actionOf, collected, type Entry, type ResultOf } from "./Plan.ts"
import type { Report } from "./Progress.ts"
import type { Reason } from "./Reason.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"

/** An entry to execute. It is not looked up before where it is forced; the reason is found where it is not known yet. */
export interface Job {
  readonly entry: Entry
  readonly forced: boolean
  readonly reason: Reason | undefined
}

interface Services {
  readonly store: Store["Service"]
  readonly disk: Disk["Service"]
  readonly executor: Executor["Service"]
  readonly journal: Journal["Service"]
}

interface Options {
  readonly device: string
  readonly history: Effect.Effect<History, StoreUnavailable>
  readonly onProgress: (address: string, report: Report) => void
}

/** How long to wait before looking again whether another controller has made what is needed; not as long as others do. */
const POLL_MILLISECONDS = 150 + ((process.pid * 37) % 100)

/** How often the journal is told how far an action is. */
const PROGRESS_INTERVAL = "10 seconds"

const inputsOf = (node: BlueprintNode, resultOf: ResultOf): Task["inputs"] =>
  Object.fromEntries(
    Object.entries(node.inputs).map(([name, input]) => [
      name,
      typeof input === "string" ? resultOf(input)! : collected(input, resultOf)
    ])
  )

/** Fails an execution that takes longer than its stage allows; interrupting it saves its state. */
const inTime = <E, R>(
  { address, key }: Task,
  { stage, conduct: { timeout } }: BlueprintNode,
  execution: Effect.Effect<Result, E, R>
): Effect.Effect<Result, E | TimedOut, R> =>
  timeout === null
    ? execution
    : Effect.timeoutOrElse(execution, {
        duration: timeout,
        orElse: () => Effect.fail(new TimedOut({ address, key, stage, milliseconds: timeout }))
      })

/** Another controller is at this action. */
export class Leased {
  readonly key: string
  constructor(key: string) {
    this.key = key
  }
}

/** How a job is executed, unless another controller is at it, and how that one's result is waited for. */
export const performing = (
  { store, disk, executor, journal }: Services,
  { device, history, onProgress }: Options,
  record: (event: Event) => Effect.Effect<void, StoreUnavailable>,
  resultOf: ResultOf
) => {
  const reasonOf = ({ entry, reason }: Job, action: Action) =>
    reason !== undefined && reason._tag !== "InputMayChange"
      ? Effect.succeed(reason)
      : Effect.flatMap(history, (known) => explain(entry.address, action, entry.code, known)).pipe(
          Effect.provideService(Store, store)
        )

  const onDisk = Effect.provideService(Disk, disk)

  /** What there is by now, which this job need not make. */
  const takeOver = (address: string, result: Result) =>
    Effect.as(record({ type: "action-cut-off", address, key: result.key }), result)

  /** The result that another controller makes; none where it has let go of the action, or nobody waits any more. */
  const waitFor = ({ entry: { address }, forced }: Job, { key }: Leased, isWanted: () => boolean) =>
    Effect.gen(function* () {
      for (let told = false; isWanted(); yield* Effect.sleep(POLL_MILLISECONDS)) {
        const holder = yield* onDisk(Lease.holderOf(store.root, key))
        if (!forced) {
          const found = yield* store.find(key)
          if (found._tag === "Hit") return yield* takeOver(address, found.result)
        }
        if (holder === undefined) return undefined
        const { host, pid, run } = holder
        if (!told) yield* record({ type: "action-waiting", address, key, host, pid, run })
        told = true
      }
      return undefined
    })

  const perform = (job: Job): Effect.Effect<Result | Leased, ExecutionFailure> =>
    Effect.scoped(
      Effect.gen(function* () {
        const { node, address, code } = job.entry
        const action = actionOf(node, code, device, resultOf)
        const key = keyOf(action)
        if (!(yield* onDisk(Lease.hold(store.root, { key, address, run: journal.run })))) return new Leased(key)
        const found = yield* store.find(key)
        if (found._tag === "Hit" && !job.forced) return yield* takeOver(address, found.result)
        yield* record({
          type: "action-started",
          address,
          key,
          reason: yield* reasonOf(job, action),
          pid: process.pid
        })
        const task: Task = {
          address,
          key,
          action,
          code,
          inputs: inputsOf(node, resultOf),
          run: journal.run,
          extends: node.conduct.extends,
          fromStart: job.entry.forced
        }
        let newest: Report | undefined
        const note = Effect.suspend(() => {
          const report = newest
          newest = undefined
          return report === undefined ? Effect.void : record({ type: "action-progress", address, key, report })
        })
        yield* Effect.ignore(note).pipe(Effect.delay(PROGRESS_INTERVAL), Effect.forever, Effect.forkScoped)
        const execution = executor.execute(task, (report) => {
          newest = report
          onProgress(address, report)
        })
        const result = yield* inTime(task, node, execution)
        if (found._tag !== "Miss" && found.result.output.digest !== result.output.digest)
          yield* record({
            type: "action-differs",
            address,
            key,
            earlier: found.result.output.digest,
            output: result.output.digest,
            run: found.result.run,
            ...(found.result.accepted === undefined ? {} : { accepted: true })
          })
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

  return { perform, takeOver, waitFor }
}
