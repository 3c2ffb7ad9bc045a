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
/** Where the key is in a line. */
export const KEY = DIGITS + 1 // <digest> <key>\t<result>\t<action>\n
const RESULT = KEY + DIGITS + 1

export const encode = (action: Action, result: Result): string => {
  const rest = `${result.key}\t${canonicalValue(result)}\t${canonical(action)}`
  return `${hash("sha256", rest)} ${rest}\n`
}

/** A line without its end, as text or as the bytes of it. */
export type Line = string | Buffer

const bytesOf = (line: Line): Buffer => (typeof line === "string" ? Buffer.from(line) : line)

/** The bytes of a line, if it is whole and of that key. */
const whole = (line: Line, key: string): Buffer | undefined => {
  const bytes = bytesOf(line)
  const isOfKey = bytes.toString("latin1", DIGITS, KEY + DIGITS) === ` ${key}`
  return isOfKey && hash("sha256", bytes.subarray(KEY)) === bytes.toString("latin1", 0, DIGITS) ? bytes : undefined
}

const TAB = 9

/** The key that the line which begins there says it is of. */
export const keyAt = (lines: Buffer, from: number): string => lines.toString("latin1", from + KEY, from + KEY + DIGITS)

/** Whether a line is what was written, and of that key. */
export const isWhole = (line: Line, key: string): boolean => whole(line, key) !== undefined

/** The result in a line; `undefined` where the line is damaged, of another key or of a version that is not known. */
export const resultIn = (line: Line, key: string): Result | undefined => {
  const bytes = whole(line, key)
  if (bytes === undefined) return undefined
  const result = JSON.parse(bytes.toString("utf8", RESULT, bytes.indexOf(TAB, RESULT))) as Result
  return result.version === 1 ? result : undefined
}

/** The action in a line, under the same conditions. */
export const actionIn = (line: Line, key: string): Action | undefined => {
  const bytes = whole(line, key)
  if (bytes === undefined) return undefined
  const action = JSON.parse(bytes.toString("utf8", bytes.indexOf(TAB, RESULT) + 1)) as Action
  return action.version === 1 ? action : undefined
}
