/**
 * What people decided about results, and why: that other code makes the same, or that a result is to be forgotten. One file
 * each that never changes, so that what was decided can be read for as long as the store lives.
 */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { sha256 } from "./canonical.ts"
import * as checkedJson from "./checkedJson.ts"
import { Disk, publish } from "./Disk.ts"
import type { StoreUnavailable } from "./Errors.ts"
import * as Layout from "./Layout.ts"

export interface By {
  readonly who: string
  readonly at: number // ms since 1970
  readonly because: string
}

/** One result that a decision is about; `to` is the key under which it holds by now. */
export interface Subject {
  readonly address: string
  readonly key: string
  readonly to?: string
}

export type Decision = By & { readonly subjects: ReadonlyArray<Subject> } & (
    | {
        readonly type: "accepted"
        readonly stage: string
        /** Whether the stage's code enters its keys, or its author gives it a version. */
        readonly mode: "auto" | "pinned"
        /** Identities of the code that ran and of the code that makes the same. */
        readonly from: string
        readonly to: string
        /** The files, functions and packages in which they differ. */
        readonly places: ReadonlyArray<string>
      }
    | { readonly type: "invalidated" }
  )

const ENDING = ".json"

/** Writes a decision down, for good. */
export const record = (root: string, decision: Decision): Effect.Effect<void, StoreUnavailable, Disk> => {
  const text = checkedJson.encode({ v: 1, ...decision })
  const time = new Date(decision.at).toISOString().replace(/[-:Z]/g, "")
  const name = `${time}-${sha256(text).slice(0, 12)}${ENDING}`
  return Effect.asVoid(publish(join(Layout.decisionsFolder(root), name), new TextEncoder().encode(text)))
}

/** All decisions, the oldest first; what is damaged decides nothing. */
export const all = (root: string): Effect.Effect<ReadonlyArray<Decision>, StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const found: Array<Decision> = []
    for (const name of [...(yield* disk.list(Layout.decisionsFolder(root)))].sort()) {
      if (!name.endsWith(ENDING)) continue
      const decision = checkedJson.decode<Partial<Decision>>(yield* disk.read(join(Layout.decisionsFolder(root), name)))
      if (decision?.type !== undefined && Array.isArray(decision.subjects)) found.push(decision as Decision)
    }
    return found
  })

/** Key → the decisions that are about its result, the oldest first. */
export const byKey = (decisions: ReadonlyArray<Decision>): ReadonlyMap<string, ReadonlyArray<Decision>> => {
  const found = new Map<string, Array<Decision>>()
  for (const decision of decisions)
    for (const { key, to } of decision.subjects)
      for (const each of new Set([key, to ?? key])) found.set(each, [...(found.get(each) ?? []), decision])
  return found
}

/** `accepted by ada@host on 2026-01-31: only renamed` */
export const format = (decision: Decision): string => {
  const places = decision.type === "accepted" && decision.places.length > 0 ? ` (${decision.places.join(", ")})` : ""
  return `${decision.type} by ${decision.who} on ${new Date(decision.at).toISOString().slice(0, 10)}${places}: ${decision.because}`
}
