/**
 * Why an action will run, as a value: computed where it is decided, printed elsewhere.
 */
import type { Action, Change } from "./Action.ts"
import { differences } from "./Action.ts"
import type { Json } from "./canonical.ts"

export type Reason =
  /** No action was ever run at this address. `like` is the nearest one that was, and how this one differs from it. */
  | {
      readonly _tag: "NeverMade"
      readonly like?: {
        readonly address: string
        readonly changes: ReadonlyArray<Change>
        /** What is behind a change of code. */
        readonly files?: ReadonlyArray<string>
      }
    }
  /** Another action was run at this address; `files` names what is behind a change of code: files, functions, packages. */
  | { readonly _tag: "Changed"; readonly changes: ReadonlyArray<Change>; readonly files: ReadonlyArray<string> }
  /** It was run, and what it made is no longer whole. */
  | { readonly _tag: "OutputMissing"; readonly detail: string }
  /** It waits for inputs that will be made, and runs only if they come out different. */
  | { readonly _tag: "InputMayChange"; readonly inputs: ReadonlyArray<string> }
  | { readonly _tag: "Forced" }

export const changed = (from: Action, to: Action): ReadonlyArray<Change> =>
  differences(from as unknown as Json, to as unknown as Json)

const short = (value: Json | undefined): string => {
  if (value === undefined) return "absent"
  if (typeof value === "string") return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

export const formatChange = (change: Change): string => `${change.path}: ${short(change.from)} → ${short(change.to)}`

/** A change in one line; one of code by what is behind it, where that is known. */
const shortChange = (change: Change, files: ReadonlyArray<string>): string =>
  change.path === "code.identity" && files.length > 0 ? `code: ${files.join(", ")} changed` : formatChange(change)

/** The reason in one line. */
export const format = (reason: Reason): string => {
  switch (reason._tag) {
    case "NeverMade":
      return reason.like === undefined
        ? "new: never made"
        : `new: like ${reason.like.address}, but ${reason.like.changes.map((change) => shortChange(change, reason.like?.files ?? [])).join("; ") || "made by no run"}`
    case "Changed": {
      const shown = reason.changes.slice(0, 3).map((change) => shortChange(change, reason.files))
      const more = reason.changes.length - shown.length
      return more > 0 ? `${shown.join("; ")}; and ${more} more` : shown.join("; ")
    }
    case "OutputMissing":
      return `its output is not whole: ${reason.detail}`
    case "InputMayChange":
      return `waits for ${reason.inputs.length > 3 ? `${reason.inputs.slice(0, 3).join(", ")} and ${reason.inputs.length - 3} more` : reason.inputs.join(", ")}`
    case "Forced":
      return "forced"
  }
}
