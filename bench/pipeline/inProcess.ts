/**
 * Runs the sweep of a project through the runner, with actions executed in this process or by workers, and tells how long
 * each took: from one finished action to the next. Knows nothing of targets.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { prepare } from "../../src/cli/prepare.ts"
import { execute } from "../../src/executor/execute.ts"
import * as Local from "../../src/executor/Local.ts"
import { currentDigests } from "../../src/pipeline/Codes.ts"
import * as Disk from "../../src/pipeline/Disk.ts"
import { Executor } from "../../src/pipeline/Executor.ts"
import * as Journal from "../../src/pipeline/Journal.ts"
import * as Runner from "../../src/pipeline/Runner.ts"
import * as Store from "../../src/pipeline/Store.ts"
import { type Project, repository } from "../../test/support/project.ts"

export type Where = "this process" | "a worker"
type Services = Store.Store | Disk.Disk | Journal.Journal

const inProcess = (root: string): Layer.Layer<Executor, never, Services> =>
  Layer.effect(
    Executor,
    Effect.gen(function* () {
      const store = yield* Store.Store
      const disk = yield* Disk.Disk
      return Executor.of({
        execute: (task) =>
          execute(
            { task, root, store: store.root, checkpointMilliseconds: 10_000 },
            { report: () => undefined, stopping: () => false, saves: () => undefined }
          ).pipe(Effect.provideService(Store.Store, store), Effect.provideService(Disk.Disk, disk), Effect.orDie)
      })
    })
  )

/** One at a time, so that nothing hides behind another. */
export const runSweep = (
  { root }: Project,
  where: Where,
  settings: Readonly<Record<string, string>> = {}
): Promise<ReadonlyArray<number>> => {
  const store = join(root, "artifacts")
  const gaps: Array<number> = []
  const executor: Layer.Layer<Executor, never, Services> =
    where === "this process"
      ? inProcess(root)
      : Local.layer({ root, brink: repository, checkpointMilliseconds: 10_000, graceMilliseconds: 1000 })
  const run = Journal.newRunId(Date.now(), "fffff0")
  return Effect.gen(function* () {
    const asked = { pipeline: "sweep", settings, only: [], force: [], device: "cpu" }
    const { plan, history } = yield* prepare({ root, brink: repository, store, digestOf: currentDigests(root) }, asked)
    let last = performance.now()
    const options: Runner.RunOptions = {
      jobs: 1,
      keepGoing: false,
      device: "cpu",
      history,
      megabytes: Number.POSITIVE_INFINITY,
      estimate: () => undefined,
      observe: ({ type }) => {
        if (type !== "action-finished") return
        gaps.push(performance.now() - last)
        last = performance.now()
      },
      onProgress: () => undefined
    }
    const layer = executor.pipe(Layer.provideMerge(Journal.layer(store, run)))
    yield* Effect.scoped(Effect.provide(Runner.run(plan, options), layer))
    // The first actions pay for what is warm after.
    return gaps.slice(gaps.length >> 3)
  }).pipe(Effect.provide(Store.layer(store).pipe(Layer.provideMerge(Disk.layer))), Effect.runPromise)
}
