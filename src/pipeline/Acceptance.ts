/**
 * Takes the word of somebody that changed code makes what the old code made: a result is entered under the key that the new
 * code has, with who said so and why. Knows nothing of how that was found out.
 */
import * as Effect from "effect/Effect"
import { type Action, keyOf } from "./Action.ts"
import { canonical, sha256 } from "./canonical.ts"
import type { By } from "./Decisions.ts"
import type { Disk } from "./Disk.ts"
import type { RecordUnknown, StoreUnavailable } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import { actionOf, type Entry, type Plan } from "./Plan.ts"
import * as Record from "./Record.ts"
import * as Records from "./Records.ts"
import type { Result } from "./Result.ts"
import { Store } from "./Store.ts"

/** An entry whose action equals one that was executed, but for the code. */
export interface Acceptable {
  readonly entry: Entry
  readonly action: Action
  readonly old: Result
}

/** Everything of an action but its code. */
const restOf = ({ code: _, ...rest }: Action): string => sha256(canonical(rest))

/** Everything of an action but its code → the last result of such an action. */
export const resultsByRest = (
  root: string,
  stages: ReadonlySet<string>
): Effect.Effect<ReadonlyMap<string, ReadonlyArray<Result>>, StoreUnavailable | RecordUnknown, Disk> =>
  Effect.gen(function* () {
    const found = new Map<string, Array<Result>>()
    yield* Records.read(root, ({ key, line, result }) => {
      const action = result === undefined ? undefined : Record.actionIn(line, key)
      if (result === undefined || action === undefined || !stages.has(action.stage)) return
      const rest = restOf(action)
      found.set(rest, [...(found.get(rest) ?? []), result])
    })
    for (const results of found.values()) results.sort((a, b) => b.startedAt - a.startedAt)
    return found
  })

/** The wanted entries that somebody may accept, as the plan is now. */
export const acceptable = (
  { entries }: Plan,
  device: string,
  wanted: ReadonlySet<string>,
  results: ReadonlyMap<string, ReadonlyArray<Result>>
): Effect.Effect<ReadonlyArray<Acceptable>, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const byId = new Map(entries.map((entry) => [entry.node.id, entry]))
    const found: Array<Acceptable> = []
    for (const entry of entries) {
      if (!wanted.has(entry.node.id) || entry.state !== "run" || entry.key === undefined) continue
      const action = actionOf(entry.node, entry.code, device, (id) => byId.get(id)!.result!)
      for (const old of results.get(restOf(action)) ?? []) {
        if (old.key === entry.key || (yield* store.find(old.key))._tag !== "Hit") continue
        found.push({ entry, action, old })
        break
      }
    }
    return found
  })

/** Enters the old result under the new key. */
export const accept = ({ entry, action, old }: Acceptable, by: By): Effect.Effect<Result, StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const code = yield* store.put(new TextEncoder().encode(canonical(entry.code satisfies Code)))
    return yield* store.publish(action, {
      ...old,
      key: keyOf(action),
      address: entry.address,
      accepted: { from: old.key, code, ...by }
    })
  })
