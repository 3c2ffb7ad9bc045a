/**
 * What two runs have different: what they were asked, the code, what each action took, how it ended, and the numbers that
 * came out. From journals and records alone, whatever the pipeline says now.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Change, differences } from "./Action.ts"
import type { Json } from "./canonical.ts"
import type { Disk } from "./Disk.ts"
import { type StoreUnavailable, UnknownRun } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import * as Journal from "./Journal.ts"
import { nearestNames } from "./nearestNames.ts"
import { parseJson } from "./parseJson.ts"
import { changedParts } from "./parts.ts"
import { changed } from "./Reason.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"

export interface Side {
  readonly run: string
  readonly pipeline: string
  readonly params: { readonly [name: string]: Json }
  /** When it began: ms since 1970. */
  readonly at: number
  readonly made: { readonly [address: string]: string }
  /** Address → how it ended, of what was not made. */
  readonly failed: ReadonlyMap<string, string>
}

export interface CodeChange {
  readonly stage: string
  readonly from: string
  readonly to: string
  /** The files, functions and packages behind it. */
  readonly places: ReadonlyArray<string>
}

export interface AddressChange {
  readonly address: string
  /** Every field of the action but its code. */
  readonly changes: ReadonlyArray<Change>
  readonly codeChanged: boolean
  /** It came to the same value all the same. */
  readonly sameValue: boolean
}

/** A number, a text or a truth value in the artifact of an address that is not the same. */
export interface Metric {
  readonly address: string
  readonly path: string
  readonly from: Json | undefined
  readonly to: Json | undefined
}

export interface RunDiff {
  readonly a: Side
  readonly b: Side
  readonly params: ReadonlyArray<Change>
  readonly code: ReadonlyArray<CodeChange>
  readonly came: ReadonlyArray<string>
  readonly went: ReadonlyArray<string>
  readonly changed: ReadonlyArray<AddressChange>
  /** How many addresses have the same action in both. */
  readonly same: number
  readonly outcomes: ReadonlyArray<{ readonly address: string; readonly from: string; readonly to: string }>
  readonly metrics: ReadonlyArray<Metric>
}

/** The newest run is `last`, the one before it `last~1`. */
export const LAST = /^last(?:~(\d+))?$/

/**
 * The run of a name: whole, the first or last digits of it, `last`, `last~2`.
 *
 * Errors  UnknownRun
 */
export const runNamed = (root: string, name: string): Effect.Effect<string, UnknownRun | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const all = yield* Journal.runs(root)
    const [back] = (name.match(LAST) ?? []).slice(1)
    const found = LAST.test(name)
      ? all.slice(Number(back ?? 0), Number(back ?? 0) + 1)
      : all.includes(name)
        ? [name]
        : all.filter((run) => name.length > 3 && (run.startsWith(name) || run.endsWith(name)))
    if (found.length === 1) return found[0]!
    return yield* new UnknownRun({ name, found, near: found.length > 1 ? [] : nearestNames(name, all) })
  })

const sideOf = (root: string, run: string) =>
  Effect.gen(function* () {
    const events = yield* Journal.events(root, run)
    const record = yield* Journal.recordOf(root, run)
    const started = events.find((event) => event.type === "run-started")
    if (record === undefined) return yield* new UnknownRun({ name: run, found: [], near: [] })
    const failed = new Map<string, string>()
    for (const event of events) {
      if (event.type === "action-failed") failed.set(event.address, `failed: ${event.tag}`)
      if (event.type === "action-skipped") failed.set(event.address, "skipped")
    }
    const side: Side = {
      run,
      pipeline: record.pipeline,
      params: started?.params ?? {},
      at: started?.at ?? 0,
      made: record.made,
      failed
    }
    return side
  })

const presence = (found: Option.Option<unknown>): string => (Option.isSome(found) ? "there" : "gone")

/** Numbers, texts and truth values of a value, by path; lists are not gone into. */
const scalars = (value: Json | undefined, path: string, found: Map<string, Json>): Map<string, Json> => {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const [name, item] of Object.entries(value)) scalars(item, path === "" ? name : `${path}.${name}`, found)
  else if (value !== undefined && value !== null && typeof value !== "object") found.set(path, value)
  return found
}

/**
 * Compares two runs.
 *
 * Errors  UnknownRun where a run has left nothing to compare
 */
export const diff = (
  runA: string,
  runB: string,
  wanted: (address: string) => boolean
): Effect.Effect<RunDiff, UnknownRun | StoreUnavailable, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const [a, b] = [yield* sideOf(store.root, runA), yield* sideOf(store.root, runB)]

    const codes = new Map<string, Code | undefined>()
    const codeOf = (result: Result) =>
      Effect.gen(function* () {
        const { digest } = result.code
        if (!codes.has(digest)) {
          const bytes = yield* Effect.option(store.get(result.code))
          codes.set(digest, parseJson<Code>(Option.getOrUndefined(bytes)))
        }
        return codes.get(digest)
      })
    const resultOf = (key: string) =>
      Effect.map(store.find(key), (found) => (found._tag === "Miss" ? undefined : found.result))
    const valuesOf = (result: Result) =>
      Effect.map(Effect.option(store.manifest(result)), (manifest) => Option.getOrUndefined(manifest)?.value)

    const addresses = [...new Set([a, b].flatMap(({ made, failed }) => [...Object.keys(made), ...failed.keys()]))]
      .filter(wanted)
      .sort()
    const code = new Map<string, CodeChange>()
    const changes: Array<AddressChange> = []
    const metrics: Array<Metric> = []
    const outcomes: Array<RunDiff["outcomes"][number]> = []
    let same = 0
    for (const address of addresses) {
      const [keyA, keyB] = [a.made[address], b.made[address]]
      if (keyA === undefined || keyB === undefined) {
        const ended = (side: Side, key: string | undefined) =>
          key === undefined ? (side.failed.get(address) ?? "absent") : "made"
        const [from, to] = [ended(a, keyA), ended(b, keyB)]
        if (from !== to && from !== "absent" && to !== "absent") outcomes.push({ address, from, to })
        continue
      }
      if (keyA === keyB) {
        same++
        continue
      }
      const [actionA, actionB] = [yield* store.action(keyA), yield* store.action(keyB)]
      const all: ReadonlyArray<Change> =
        Option.isSome(actionA) && Option.isSome(actionB)
          ? changed(actionA.value, actionB.value)
          : [{ path: "record", from: presence(actionA), to: presence(actionB) }]
      const [resultA, resultB] = [yield* resultOf(keyA), yield* resultOf(keyB)]
      const sameValue = resultA !== undefined && resultA.output.digest === resultB?.output.digest
      changes.push({
        address,
        changes: all.filter(({ path }) => !path.startsWith("code.")),
        codeChanged: all.some(({ path }) => path.startsWith("code.")),
        sameValue
      })
      if (resultA === undefined || resultB === undefined) continue
      const [codeA, codeB] = [yield* codeOf(resultA), yield* codeOf(resultB)]
      if (codeA !== undefined && codeB !== undefined && codeA.identity !== codeB.identity && !code.has(codeB.stage))
        code.set(codeB.stage, {
          stage: codeB.stage,
          from: codeA.identity,
          to: codeB.identity,
          places: changedParts(codeA, codeB)
        })
      if (sameValue) continue
      const [before, after] = [
        scalars(yield* valuesOf(resultA), "", new Map()),
        scalars(yield* valuesOf(resultB), "", new Map())
      ]
      for (const path of new Set([...before.keys(), ...after.keys()]))
        if (!Object.is(before.get(path), after.get(path)))
          metrics.push({ address, path, from: before.get(path), to: after.get(path) })
    }
    const [inA, inB] = [
      (address: string) => address in a.made || a.failed.has(address),
      (address: string) => address in b.made || b.failed.has(address)
    ]
    return {
      a,
      b,
      params: differences(a.params, b.params),
      code: [...code.values()].sort((x, y) => (x.stage < y.stage ? -1 : 1)),
      came: addresses.filter((address) => !inA(address)),
      went: addresses.filter((address) => !inB(address)),
      changed: changes,
      same,
      outcomes,
      metrics
    }
  })
