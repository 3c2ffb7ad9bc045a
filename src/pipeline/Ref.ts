/**
 * The promise of a stage's artifact: which stage, with which parameters, from which other refs. Pure data with types;
 * equal stage and equal arguments have one id. Knows nothing of how or where anything runs.
 */
import type * as Artifact from "./Artifact.ts"
import type { Conduct } from "./Conduct.ts"
import { canonical, type Json, sha256 } from "./canonical.ts"

export const TypeId = "~brink/Ref"

/** What the planner needs to know of a stage; everything in it is data. */
export interface StageInfo {
  readonly name: string
  readonly makes: Json
  readonly version: string | undefined
  readonly device: boolean
  readonly provenance: boolean
  readonly packages: ReadonlyArray<string>
  /** Parameters that are files of the project; absent where there are none. */
  readonly files?: ReadonlyArray<string>
  /** Argument → the fraction of its artifacts that must be there, where that is not all. */
  readonly quorums: { readonly [argument: string]: number }
  readonly conduct: Conduct
}

/**
 * `A` the artifact, `E` the errors and `R` the services of everything upstream that are not provided.
 */
export interface Ref<out A extends Artifact.Any, out E = never, out R = never> {
  readonly [TypeId]: { readonly _A: () => A; readonly _E: () => E; readonly _R: () => R } | undefined
  readonly id: string
  readonly stage: StageInfo
  readonly params: { readonly [name: string]: Json }
  readonly inputs: {
    readonly [name: string]: Ref<Artifact.Any, unknown, unknown> | ReadonlyArray<Ref<Artifact.Any, unknown, unknown>>
  }
}

export type Any = Ref<Artifact.Any, unknown, unknown>
export type ErrorOf<T> =
  T extends Ref<Artifact.Any, infer E, unknown> ? E : T extends ReadonlyArray<infer U> ? ErrorOf<U> : never
export type ServicesOf<T> =
  T extends Ref<Artifact.Any, unknown, infer R> ? R : T extends ReadonlyArray<infer U> ? ServicesOf<U> : never

export const isRef = (u: unknown): u is Any => typeof u === "object" && u !== null && TypeId in u

/** What is said of a stage is the same for all of its refs: it is written once. */
const stageTexts = new WeakMap<StageInfo, string>()
const textOf = (stage: StageInfo): string => {
  const text = stageTexts.get(stage) ?? canonical(stage)
  stageTexts.set(stage, text)
  return text
}

export const make = (stage: StageInfo, params: Any["params"], inputs: Any["inputs"]): Any => {
  const ids: Record<string, Json> = {}
  for (const [name, input] of Object.entries(inputs)) ids[name] = isRef(input) ? input.id : input.map((ref) => ref.id)
  const id = sha256(`{"inputs":${canonical(ids)},"params":${canonical(params)},"stage":${textOf(stage)}}`)
  return { [TypeId]: undefined, id, stage, params, inputs }
}
