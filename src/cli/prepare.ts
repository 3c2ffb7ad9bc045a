/**
 * From a pipeline's name to its plan: what every verb that looks at a pipeline begins with.
 */
import * as Effect from "effect/Effect"
import type { Blueprint } from "../pipeline/Blueprint.ts"
import { codesOf } from "../pipeline/Codes.ts"
import { Disk } from "../pipeline/Disk.ts"
import * as Journal from "../pipeline/Journal.ts"
import { type Plan, plan } from "../pipeline/Plan.ts"
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

export const prepare = Effect.fnUntraced(function* (project: Project, asked: Asked) {
  const disk = yield* Disk
  const graph = yield* blueprint(project, asked.pipeline, asked.settings)
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
  return { plan: planned, history }
})
