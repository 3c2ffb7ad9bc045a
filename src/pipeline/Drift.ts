/**
 * Stages whose authors pinned their code by a version, and whose code says something else by now than what made the results
 * that are still found. Tells; changes nothing.
 */
import * as Effect from "effect/Effect"
import { canonical, sha256 } from "./canonical.ts"
import * as Decisions from "./Decisions.ts"
import type { Disk } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import type { Code } from "./Fingerprint.ts"
import type { Entry, Plan } from "./Plan.ts"
import { parseJson } from "./parseJson.ts"
import { changedParts } from "./parts.ts"
import { codeBehind } from "./Result.ts"
import { Store } from "./Store.ts"

export interface Drift {
  readonly stage: string
  readonly version: string
  /** Identities of the code that made the results, and of the code as it is. */
  readonly from: string
  readonly to: string
  /** The files, functions and packages in which they differ. */
  readonly places: ReadonlyArray<string>
  readonly entries: ReadonlyArray<Entry>
}

/** All drift that nobody has accepted. */
export const drifts = ({ entries }: Plan): Effect.Effect<ReadonlyArray<Drift>, StoreUnavailable, Store | Disk> =>
  Effect.gen(function* () {
    const store = yield* Store
    const current = new Map<string, string>()
    const recorded = new Map<string, Code | undefined>()
    const found = new Map<string, Drift & { readonly entries: Array<Entry> }>()
    for (const entry of entries) {
      const { node, code, result } = entry
      if (node.version === undefined || result === undefined) continue
      if (!current.has(node.stage)) current.set(node.stage, sha256(canonical(code)))
      const blob = codeBehind(result)
      if (blob.digest === current.get(node.stage)) continue
      if (!recorded.has(blob.digest)) {
        const bytes = yield* Effect.option(store.get(blob))
        recorded.set(blob.digest, parseJson<Code>(bytes._tag === "Some" ? bytes.value : undefined))
      }
      const before = recorded.get(blob.digest)
      if (before === undefined || before.identity === code.identity) continue
      const name = `${node.stage} ${before.identity}`
      const drift = found.get(name) ?? {
        stage: node.stage,
        version: node.version,
        from: before.identity,
        to: code.identity,
        places: changedParts(before, code),
        entries: []
      }
      drift.entries.push(entry)
      found.set(name, drift)
    }
    if (found.size === 0) return []
    const decisions = yield* Decisions.all(store.root)
    const isAccepted = ({ stage, from, to }: Drift): boolean =>
      decisions.some(
        (each) =>
          each.type === "accepted" &&
          each.mode === "pinned" &&
          each.stage === stage &&
          each.from === from &&
          each.to === to
      )
    return [...found.values()].filter((drift) => !isAccepted(drift))
  })
