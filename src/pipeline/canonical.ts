/**
 * One text for one value: canonical JSON by the rules of RFC 8785 (sorted keys, shortest numbers), and SHA-256 over it.
 * The whole truth about when two values are the same. Knows nothing of stages or files.
 */
import { createHash, hash } from "node:crypto"
import { NotCanonical } from "./Errors.ts"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** What is wrong with a value that is no object, if anything is. */
const refusalOf = (value: unknown, negativeZero: boolean): string | undefined => {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return String(value)
    return Object.is(value, -0) && !negativeZero ? "-0" : undefined
  }
  return typeof value === "string" || typeof value === "boolean" ? undefined : typeof value
}

/** The class of an object that is no plain record. */
const foreign = (value: object): string | undefined => {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return undefined
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1)
  return kind === "Object" ? undefined : kind
}

/** Throws the path of the first value that has no canonical text, with what it is. */
const refuse = (value: unknown, negativeZero: boolean, path: string): void => {
  if (typeof value !== "object") {
    const got = refusalOf(value, negativeZero)
    if (got !== undefined) throw new NotCanonical({ path, got })
  } else if (Array.isArray(value)) {
    Array.from(value, (item, index) => refuse(item, negativeZero, `${path}[${index}]`))
  } else if (value !== null) {
    const got = foreign(value)
    if (got !== undefined) throw new NotCanonical({ path, got })
    for (const [key, item] of Object.entries(value))
      if (item !== undefined) refuse(item, negativeZero, path === "" ? key : `${path}.${key}`)
  }
}

/** By UTF-16 code units, as RFC 8785 asks; most records are written in that order. */
const sortedKeys = (record: object): ReadonlyArray<string> => {
  const keys = Object.keys(record)
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return keys.sort()
  return keys
}

/** The text of a value; `undefined` where a part of it has none. */
const write = (value: unknown, negativeZero: boolean): string | undefined => {
  if (typeof value !== "object") {
    if (typeof value === "string") return JSON.stringify(value)
    if (refusalOf(value, negativeZero) !== undefined) return undefined
    return Object.is(value, -0) ? "-0" : String(value)
  }
  if (value === null) return "null"
  let text = ""
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = write(value[index], negativeZero)
      if (item === undefined) return undefined
      text += index === 0 ? item : `,${item}`
    }
    return `[${text}]`
  }
  if (foreign(value) !== undefined) return undefined
  const record = value as Record<string, unknown>
  for (const key of sortedKeys(record)) {
    if (record[key] === undefined) continue
    const item = write(record[key], negativeZero)
    if (item === undefined) return undefined
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${item}`
  }
  return `{${text}}`
}

const textOf = (value: unknown, negativeZero: boolean): string => {
  const text = write(value, negativeZero)
  if (text === undefined) refuse(value, negativeZero, "")
  return text!
}

/**
 * The canonical text of a JSON value; fields that are `undefined` are absent.
 *
 * Errors  NotCanonical for NaN, ±Infinity, −0, functions, symbols, bigints, dates, maps, typed arrays: it names the path
 */
export const canonical = (value: unknown): string => textOf(value, false)

/** The same text for values that stages compute, which keep the sign of a zero: JSON has a text for it, keys have not. */
export const canonicalValue = (value: unknown): string => textOf(value, true)

/** SHA-256 as 64 hexadecimal digits. */
export const sha256 = (...parts: ReadonlyArray<string | Uint8Array>): string => {
  if (parts.length === 1) return hash("sha256", parts[0]!)
  if (parts.every((part) => typeof part === "string")) return hash("sha256", parts.join(""))
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}
