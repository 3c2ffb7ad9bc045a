/**
 * One line for one executed action: what was asked and what came of it, under a digest of the rest of the line. Loose in a
 * file of its own, or packed among others in a segment: the line is the same. Knows nothing of files.
 */
import { hash } from "node:crypto"
import type { Action } from "./Action.ts"
import { canonical, canonicalValue } from "./canonical.ts"
import type { Result } from "./Result.ts"

/** Length of a digest or a key in hexadecimal digits. */
const DIGITS = 64
const KEY = DIGITS + 1 // <digest> <key>\t<result>\t<action>\n
const RESULT = KEY + DIGITS + 1

export const encode = (action: Action, result: Result): string => {
  const rest = `${result.key}\t${canonicalValue(result)}\t${canonical(action)}`
  return `${hash("sha256", rest)} ${rest}\n`
}

/** Whether a line is what was written, and of that key. */
export const isWhole = (line: string, key: string): boolean =>
  line.startsWith(` ${key}`, DIGITS) && hash("sha256", line.slice(KEY)) === line.slice(0, DIGITS)

/** The key that the line which begins there says it is of. */
export const keyAt = (lines: Buffer, from: number): string => lines.toString("latin1", from + KEY, from + KEY + DIGITS)

/** The result in a line without its end; `undefined` where the line is damaged, of another key or of a version that is not known. */
export const resultIn = (line: string, key: string): Result | undefined => {
  if (!isWhole(line, key)) return undefined
  const result = JSON.parse(line.slice(RESULT, line.indexOf("\t", RESULT))) as Result
  return result.version === 1 ? result : undefined
}

/** The action in a line, under the same conditions. */
export const actionIn = (line: string, key: string): Action | undefined => {
  if (!isWhole(line, key)) return undefined
  const action = JSON.parse(line.slice(line.indexOf("\t", RESULT) + 1)) as Action
  return action.version === 1 ? action : undefined
}
