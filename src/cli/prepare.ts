/**
 * From a pipeline's name to its plan: what every verb that looks at a pipeline begins with. Of a pipeline that goes on from
 * what came out it is the plan of the round that it has come to.
 */
import * as Effect from "effect/Effect"
import type { Blueprint } from "../pipeline/Blueprint.ts"
import { codesOf } from "../pipeline/Codes.ts"
import { Disk } from "../pipeline/Disk.ts"
import type { StoreUnavailable } from "../pipeline/Errors.ts"
import { type Estimate, fromHistory } from "../pipeline/Estimate.ts"
import * as Journal from "../pipeline/Journal.ts"
import { type Plan, type PlanOptions, plan, type ResultOf } from "../pipeline/Plan.ts"
import * as ProjectFile from "../pipeline/ProjectFile.ts"
import * as Refine from "../pipeline/Refine.ts"
import type { Store } from "../pipeline/Store.ts"
import { blueprint, type Project } from "./Project.ts"

export interface Asked {
  readonly pipeline: string
  readonly settings: Readonly<Record<string, string>>
  readonly only: ReadonlyArray<string>
  readonly force: ReadonlyArray<string>
  readonly device: string
}

/** Stage → the packages it declares. */
const stagesOf = (graph: Blueprint): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map(graph.nodes.map((node) => [node.stage, node.packages]))

/** One round of a pipeline, and where it stands. */
export interface Round {
  /** Counted from one. */
  readonly round: number
  readonly settings: Refine.Settings
  readonly plan: Plan
  readonly history: PlanOptions["history"]
  readonly estimate: Effect.Effect<Estimate, StoreUnavailable, Store>
  /** Keys of what the rounds before went on from. */
  readonly behind: ReadonlyArray<string>
}

/** What the round after one has behind it. */
export const behindNext = (
  { plan: { blueprint: graph }, behind }: Round,
  resultOf: ResultOf
): ReadonlyArray<string> => [...behind, ...Refine.deciding(graph, resultOf)]

const planRound = Effect.fnUntraced(function* (
  project: Project,
  asked: Asked,
  round: number,
  behind: ReadonlyArray<string>
) {
  const disk = yield* Disk
  const read = yield* blueprint(project, asked.pipeline, asked.settings, round)
  const graph = yield* ProjectFile.resolve(read, project.digestOf)
  const codes = yield* codesOf(project.root, stagesOf(graph), project.digestOf)
  const history = yield* Effect.cached(
    Journal.history(project.store, asked.pipeline).pipe(Effect.provideService(Disk, disk))
  )
  const planned: Plan = yield* plan(graph, {
    codes,
    device: asked.device,
    history,
    only: asked.only,
    force: asked.force
  })
  const ofOthers = Journal.history(project.store).pipe(Effect.provideService(Disk, disk))
  const estimate = Effect.flatMap(history, (own) => fromHistory(planned.entries, own, ofOthers))
  return { round, settings: asked.settings, plan: planned, history, estimate, behind } satisfies Round
})

/** The first round that is not made, from the given one on; the last one where all are. */
export const prepare = Effect.fnUntraced(function* (
  project: Project,
  asked: Asked,
  first = 1,
  before: ReadonlyArray<string> = []
) {
  let found: Round = yield* planRound(project, asked, first, before)
  for (;;) {
    const { plan: made, round, settings, behind } = found
    const results = new Map(made.entries.map(({ node, result }) => [node.id, result]))
    const resultOf: ResultOf = (id) => results.get(id)
    const next = yield* Refine.next(made.blueprint, settings, round, resultOf).pipe(
      // What is damaged was set aside, so that it will run.
      Effect.catchTag(["ArtifactCorrupt", "ArtifactMissing"], () => Effect.succeed("damaged" as const))
    )
    if (next === undefined) return found
    if (next === "damaged") return yield* planRound(project, { ...asked, settings }, round, behind)
    const passed = behindNext(found, resultOf)
    found = yield* planRound(project, { ...asked, settings: next.settings }, round + 1, passed)
  }
})
