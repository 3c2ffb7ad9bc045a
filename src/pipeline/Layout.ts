/**
 * Where things lie in a store: paths from what they are named by, and back. Knows nothing of what is in them.
 */
import { join } from "node:path"

/** Artifacts, and the records of code, by digest. */
export const objectsFolder = (root: string): string => join(root, "cas", "sha256")
export const objectPath = (root: string, digest: string): string =>
  join(objectsFolder(root), digest.slice(0, 2), digest)

/** One record per executed action that is not packed yet. */
export const recordsFolder = (root: string): string => join(root, "ac")
const RECORD = ".record"
export const recordPath = (root: string, key: string): string =>
  join(recordsFolder(root), key.slice(0, 2), `${key}${RECORD}`)

/** The key of a record by the name of its file; `undefined` where it is none, or taken aside for a moment. */
export const keyOfRecord = (name: string): string | undefined =>
  name.endsWith(RECORD) && isDigest(name.slice(0, -RECORD.length)) ? name.slice(0, -RECORD.length) : undefined

/** Another result of an action that has one: kept beside it, and never found by anyone who looks for a result. */
const DIVERGENT = ".divergent"
export const divergentPath = (root: string, key: string, digest: string): string =>
  join(recordsFolder(root), key.slice(0, 2), `${key}.${digest.slice(0, 16)}${DIVERGENT}`)

/** The key of a divergent record by the name of its file. */
export const keyOfDivergent = (name: string): string | undefined =>
  name.endsWith(DIVERGENT) ? name.split(".", 1)[0] : undefined

/** Packed records. */
export const indexFolder = (root: string): string => join(root, "index")

/** Saved states, by the family of actions that differ only in how far they go. */
export const checkpointsFolder = (root: string): string => join(root, "ckpt")
export const familyFolder = (root: string, family: string): string => join(checkpointsFolder(root), family)
export const checkpointPath = (root: string, family: string, key: string, generation: number): string =>
  join(familyFolder(root, family), `${key}.${generation}`)

/** The action whose state it is and how many were saved before, by the name of its file; `undefined` where it is none. */
export const checkpointOf = (name: string): { readonly key: string; readonly generation: number } | undefined => {
  const [, key, generation] = name.match(/^([0-9a-z]+)\.(\d+)$/) ?? []
  return key === undefined ? undefined : { key, generation: Number(generation) }
}

export const leasesFolder = (root: string): string => join(root, "leases")
export const pinsFolder = (root: string): string => join(root, "roots")
export const decisionsFolder = (root: string): string => join(root, "decisions")
export const latestFolder = (root: string): string => join(root, "latest")
/** What was set aside: the next collection deletes it. */
export const trashFolder = (root: string): string => join(root, "trash")
/** Stores in which results are made once more to compare them. */
export const scratchFolder = (root: string): string => join(root, "scratch")

/** Files that were being written; whoever wrote them has published or removed them, or is gone. */
export const isTemporary = (name: string): boolean => name.startsWith(".tmp.")

/** Names of objects, and keys; anything else beside them is none. */
export const isDigest = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)
