/**
 * What will run and why, before anything does: a walk over a blueprint that asks the store, and changes nothing.
 * Three states: `hit` (made, and whole), `run` (nothing whole is stored under its key), `may run` (an input will be made
 * first; it runs only if that comes out different).
 */
import * as Effect from "effect/Effect"
import { type Action, type Common, keysOf } from "./Action.ts"
import * as Address from "./Address.ts"
import { type Blueprint, type BlueprintNode, inputIds } from "./Blueprint.ts"
import type { Json } from "./canonical.ts"
import { type StoreUnavailable, UnknownAddress } from "./Errors.ts"
import { explain, type History } from "./explain.ts"
import type { Code } from "./Fingerprint.ts"
import { nearestNames } from "./nearestNames.ts"
import type { Reason } from "./Reason.ts"
import type { Result } from "./Result.ts"
import { type Found, Store } from "./Store.ts"

export interface Entry {
  readonly node: BlueprintNode
  readonly address: string
  readonly code: Code
  readonly state: "hit" | "run" | "may run"
  readonly reason: Reason | undefined
  /** It runs even if what it makes is there. */
  readonly forced: boolean
  /** Known once all inputs are made. */
  readonly key: string | undefined
  readonly result: Result | undefined
}

export interface Plan {
  readonly blueprint: Blueprint
  /** Every entry after those it needs. */
  readonly entries: ReadonlyArray<Entry>
}

export interface PlanOptions {
  readonly codes: ReadonlyMap<string, Code>
  readonly device: string
  /** Asked for only when something is missing. */
  readonly history: Effect.Effect<History, StoreUnavailable>
  /** Target names or patterns of addresses; everything where empty. */
  readonly only: ReadonlyArray<string>
  /** Patterns of addresses that run even if they are hits. */
  readonly force: ReadonlyArray<string>
}

const MISS: Found = { _tag: "Miss" }

const commonOf = (node: BlueprintNode, code: Code, device: string): Common => ({
  version: 1,
  stage: node.stage,
  code:
    node.version === undefined ? { mode: "auto", identity: code.identity } : { mode: "pinned", identity: node.version },
  env: node.device ? { architecture: process.arch, device } : { architecture: process.arch },
  outputs: node.makes
})

/** How many entries there are in each state. */
export const tally = ({ entries }: Plan): { readonly [S in Entry["state"]]: number } => {
  const counts = { hit: 0, run: 0, "may run": 0 }
  for (const { state } of entries) counts[state]++
  return counts
}

export const isUpToDate = ({ entries }: Plan): boolean => entries.every(({ state }) => state === "hit")

/** The result of a node; `undefined` where it failed and a quorum does without it. */
export type ResultOf = (id: string) => Result | undefined

/** The results of several nodes, those that there are. */
export const collected = (ids: ReadonlyArray<string>, resultOf: ResultOf): ReadonlyArray<Result> =>
  ids.flatMap((id) => resultOf(id) ?? [])

/** What an action holds of a node's inputs: digests; where the stage declares provenance, with the keys that made them. */
const describedInputs = (node: BlueprintNode, resultOf: ResultOf): Action["inputs"] => {
  const described = ({ output, key }: Result): Json =>
    node.provenance ? { digest: output.digest, key } : output.digest
  const inputs: Record<string, Json> = {}
  for (const name of Object.keys(node.inputs)) {
    const input = node.inputs[name]!
    inputs[name] = typeof input === "string" ? described(resultOf(input)!) : collected(input, resultOf).map(described)
  }
  return inputs
}

/** The action of a node, once all of its inputs are made. */
export const actionOf = (node: BlueprintNode, code: Code, device: string, resultOf: ResultOf): Action => ({
  ...commonOf(node, code, device),
  params: node.params,
  inputs: describedInputs(node, resultOf)
})

/** The nodes that are asked for, by target name or address, with everything upstream of them. */
const selected = (
  blueprint: Blueprint,
  only: ReadonlyArray<string>
): Effect.Effect<ReadonlySet<string>, UnknownAddress> => {
  const names = blueprint.addresses
  if (only.length === 0) return Effect.succeed(new Set(blueprint.nodes.map((node) => node.id)))
  const ids: Array<string> = []
  for (const pattern of only) {
    const found = !Object.hasOwn(blueprint.targets, pattern)
      ? blueprint.nodes.filter((node) => Address.matches(pattern, names[node.id]!)).map((node) => node.id)
      : [blueprint.targets[pattern]!]
    if (found.length === 0) {
      const known = [...Object.keys(blueprint.targets), ...Object.values(names)]
      return Effect.fail(
        new UnknownAddress({
          address: pattern,
          where: `pipeline ${blueprint.pipeline}`,
          near: nearestNames(pattern, known)
        })
      )
    }
    ids.push(...found)
  }
  return Effect.succeed(Address.upstream(blueprint, ids))
}

/**
 * The plan of a blueprint against the store as it is now.
 *
 * Errors  UnknownAddress where `only` names nothing, StoreUnavailable
 */
export const plan = (
  blueprint: Blueprint,
  options: PlanOptions
): Effect.Effect<Plan, UnknownAddress | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const names = blueprint.addresses
    const wanted = yield* selected(blueprint, options.only)
    const resultOf = yield* store.snapshot
    const entries = new Map<string, Entry>()
    const madeBy = (id: string) => entries.get(id)!.result
    const keys = new Map<string, ReturnType<typeof keysOf>>()
    const keyOf = (node: BlueprintNode, code: Code): string => {
      const ofStage = keys.get(node.stage) ?? keysOf(commonOf(node, code, options.device))
      keys.set(node.stage, ofStage)
      return ofStage(describedInputs(node, madeBy), node.params)
    }
    for (const node of blueprint.nodes) {
      if (!wanted.has(node.id)) continue
      const address = names[node.id]!
      const code = options.codes.get(node.stage)!
      const forced = options.force.some((pattern) => Address.matches(pattern, address))
      const about = { node, address, code, forced }
      const waiting = inputIds(node).filter((id) => entries.get(id)!.state !== "hit")
      if (waiting.length > 0) {
        const reason: Reason = forced
          ? { _tag: "Forced" }
          : { _tag: "InputMayChange", inputs: [...new Set(waiting)].map((id) => names[id]!) }
        const state = forced ? "run" : "may run"
        entries.set(node.id, { ...about, state, reason, key: undefined, result: undefined })
        continue
      }
      const key = keyOf(node, code)
      const result = resultOf(key)
      const found: Found =
        result === undefined ? MISS : result.blobs.length === 0 ? { _tag: "Hit", result } : yield* store.check(result)
      if (found._tag === "Hit" && !forced) {
        entries.set(node.id, { ...about, key, state: "hit", reason: undefined, result: found.result })
        continue
      }
      const reason: Reason = forced
        ? { _tag: "Forced" }
        : found._tag === "Incomplete"
          ? { _tag: "OutputMissing", detail: found.detail }
          : yield* explain(address, actionOf(node, code, options.device, madeBy), code, yield* options.history)
      entries.set(node.id, { ...about, key, state: "run", reason, result: undefined })
    }
    return { blueprint, entries: [...entries.values()] }
  })
