/**
 * How much of what kind lies in a store, or goes from it. Knows nothing of what is needed.
 */
import type { File, Folder } from "./Inventory.ts"

export const KINDS = ["objects", "records", "divergent", "runs", "logs", "checkpoints", "temporary"] as const
export type Kind = (typeof KINDS)[number]

export interface Amount {
  readonly kind: Kind
  readonly count: number
  readonly bytes: number
}

/** A file or a folder that goes; not if it has changed by then. */
export interface Item {
  readonly path: string
  readonly modified: number
  readonly amounts: ReadonlyArray<Amount>
}

const isLog = ({ path }: File): boolean => path.includes("/logs/")

export const amountOf = (kind: Kind, files: ReadonlyArray<{ readonly bytes: number }>): Amount => ({
  kind,
  count: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0)
})

/** Bytes of all. */
export const total = (amounts: ReadonlyArray<Amount>): number => amounts.reduce((sum, { bytes }) => sum + bytes, 0)

export const itemOf = (kind: Kind, file: File): Item => ({
  path: file.path,
  modified: file.modified,
  amounts: [amountOf(kind, [file])]
})

export const runAmounts = ({ files }: Folder): ReadonlyArray<Amount> => [
  {
    ...amountOf(
      "runs",
      files.filter((file) => !isLog(file))
    ),
    count: 1
  },
  amountOf("logs", files.filter(isLog))
]

/** Adds up amounts by kind; every kind is there. */
export const byKind = (amounts: ReadonlyArray<Amount>): ReadonlyArray<Amount> =>
  KINDS.map((kind) => {
    const own = amounts.filter((amount) => amount.kind === kind)
    return { kind, count: own.reduce((sum, { count }) => sum + count, 0), bytes: total(own) }
  })
