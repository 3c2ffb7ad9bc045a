/**
 * What happens when nobody can take what brink prints: the disk that it goes to is full, or its reader is gone. That is no
 * bug, and ends no run; but whoever asked for output learns that it is not whole. Knows nothing of what is printed.
 */
import { codeOf } from "../pipeline/System.ts"

/** A reader that has seen enough has gone: nothing is missing. */
const SEEN_ENOUGH = "EPIPE"

/** Listens from now on; tells the code of what standard output could not take, if anything. */
export const watchOutput = (): (() => string | undefined) => {
  let lost: string | undefined
  // What cannot be said on the screen cannot be said at all; what was to be done is done.
  process.stderr.on("error", () => undefined)
  process.stdout.on("error", (cause) => {
    if (codeOf(cause) !== SEEN_ENOUGH) lost ??= codeOf(cause)
  })
  return () => lost
}
