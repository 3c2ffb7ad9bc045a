/**
 * Sweeps that go on from what came out: a target's artifact holds `add`, the values to add to an axis, and the pipeline with
 * that longer axis is the next round: a plan like any other, all of whose earlier cells are hits. So nothing is remembered
 * between rounds but artifacts, and a run that was stopped finds its round again. Knows nothing of what values mean.
 */
import * as Effect from "effect/Effect"
import type * as Artifact from "./Artifact.ts"
import type { Axis } from "./Axis.ts"
import type { Blueprint } from "./Blueprint.ts"
import { canonical, type Json } from "./canonical.ts"
import type { ArtifactCorrupt, ArtifactMissing, StoreUnavailable } from "./Errors.ts"
import type { ResultOf } from "./Plan.ts"
import type * as Ref from "./Ref.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"
import { grown } from "./settings.ts"

/** Targets whose artifact has a part `add` with values of an axis. */
type Adding<T, Value> = {
  readonly [N in keyof T]: T[N] extends Ref.Ref<infer A, unknown, unknown>
    ? Artifact.Value<A> extends { readonly add: ReadonlyArray<Value> }
      ? N
      : never
    : never
}[keyof T]

/** Axis → the target that adds to it, and how many rounds there are at most, the first one included. */
export type Refinements<P, T> = {
  readonly [K in keyof P as P[K] extends Axis<infer _> ? K : never]?: P[K] extends Axis<infer S>
    ? { readonly by: Adding<T, S["Type"]>; readonly rounds: number }
    : never
}

/** The settings of a pipeline, as they are written. */
export type Settings = Readonly<Record<string, string>>

/** What the outcomes of a round ask for. */
export interface Next {
  /** Axis → the values that are added. */
  readonly added: { readonly [axis: string]: ReadonlyArray<Json> }
  /** Settings of the round that has them. */
  readonly settings: Settings
}

/** How many rounds a pipeline may have. */
export const mostRounds = ({ refine }: Blueprint): number => Math.max(1, ...refine.map(({ rounds }) => rounds))

/** The values that a target adds to an axis and that are not there yet; none where it is not made. */
const addedBy = (result: Result | undefined, values: ReadonlyArray<Json>) =>
  Effect.gen(function* () {
    if (result === undefined) return []
    const { add } = (yield* (yield* Store).manifest(result)).value
    const known = new Set(values.map(canonical))
    return (Array.isArray(add) ? (add as ReadonlyArray<Json>) : []).filter((value) => !known.has(canonical(value)))
  })

/** Keys of the results that say how a round goes on. */
export const deciding = ({ targets, refine }: Blueprint, resultOf: ResultOf): ReadonlyArray<string> =>
  refine.flatMap(({ by }) => resultOf(targets[by]!)?.key ?? [])

const without = (settings: Settings, axis: string): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name !== axis && name !== `${axis}+`))

/**
 * What the results of a round ask for: of the axes that may have another round. `undefined` where there is nothing to add.
 *
 * Errors  ArtifactMissing, ArtifactCorrupt, StoreUnavailable where a target cannot be read
 */
export const next = (
  { params, targets, refine }: Blueprint,
  settings: Settings,
  round: number,
  resultOf: ResultOf
): Effect.Effect<Next | undefined, ArtifactMissing | ArtifactCorrupt | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const added: Record<string, ReadonlyArray<Json>> = {}
    let longer = settings
    for (const { axis, by, rounds } of refine) {
      const values = params[axis] as ReadonlyArray<Json>
      const fresh = round < rounds ? yield* addedBy(resultOf(targets[by]!), values) : []
      if (fresh.length === 0) continue
      added[axis] = fresh
      longer = { ...without(longer, axis), [axis]: JSON.stringify(grown(values, fresh)) }
    }
    return longer === settings ? undefined : { added, settings: longer }
  })
