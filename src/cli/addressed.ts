/**
 * From an address that somebody typed to what it means: the pipeline it is of, and the entries of its plan.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Address from "../pipeline/Address.ts"
import type { Disk } from "../pipeline/Disk.ts"
import { type StoreUnavailable, UnknownAddress, UnknownPipeline } from "../pipeline/Errors.ts"
import * as Journal from "../pipeline/Journal.ts"
import { nearestNames } from "../pipeline/nearestNames.ts"
import type { Entry, Plan } from "../pipeline/Plan.ts"
import { type Project, pipelineNames } from "./Project.ts"
import { prepare } from "./prepare.ts"

/** The pipeline that was named, else the one that ran last, which is said where there are others, else the only one. */
const currentPipeline = (
  project: Project,
  named: Option.Option<string>
): Effect.Effect<string, UnknownPipeline | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    if (Option.isSome(named)) return named.value
    const known = pipelineNames(project)
    for (const run of yield* Journal.runs(project.store)) {
      const record = yield* Journal.recordOf(project.store, run)
      if (record === undefined) continue
      const { pipeline } = record
      if (known.length > 1) yield* Console.error(`of ${pipeline}, the pipeline that ran last; -p names another`)
      return pipeline
    }
    if (known.length === 1) return known[0]!
    return yield* new UnknownPipeline({ name: "", folder: "pipelines", known, near: known })
  })

/** Which plan is meant, as `planned` in `flags.ts` reads it. */
export interface Asked {
  readonly pipeline: Option.Option<string>
  readonly set: Readonly<Record<string, string>>
  readonly device: string
}

/** The plan of the pipeline that is meant, as it is now. */
export const currentPlan = (project: Project, { pipeline, set, device }: Asked) =>
  Effect.gen(function* () {
    const name = yield* currentPipeline(project, pipeline)
    const { plan } = yield* prepare(project, { pipeline: name, settings: set, only: [], force: [], device })
    return plan
  })

/** The entries that an address or a pattern names. */
export const entriesAt = (plan: Plan, address: string): Effect.Effect<ReadonlyArray<Entry>, UnknownAddress> => {
  const { targets } = plan.blueprint
  const target = Object.hasOwn(targets, address) ? targets[address] : undefined
  const found = plan.entries.filter((entry) => entry.node.id === target || Address.matches(address, entry.address))
  if (found.length > 0) return Effect.succeed(found)
  const known = plan.entries.flatMap((entry) => [entry.address, entry.node.stage])
  const wider = `${address},*`
  const isPart = plan.entries.some((entry) => Address.matches(wider, entry.address))
  return Effect.fail(
    new UnknownAddress({
      address,
      where: `pipeline ${plan.blueprint.pipeline}`,
      near: isPart ? [wider] : nearestNames(address, [...Object.keys(targets), ...known])
    })
  )
}
