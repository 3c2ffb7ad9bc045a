/**
 * One text for one value: canonical JSON by the rules of RFC 8785 (sorted keys, shortest numbers), and SHA-256 over it.
 * The whole truth about when two values are the same. Knows nothing of stages or files.
 */
import { createHash } from "node:crypto"
import { NotCanonical } from "./Errors.ts"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const write = (value: unknown, path: string, negativeZero: boolean): string => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value)
    case "number":
      if (!Number.isFinite(value)) throw new NotCanonical({ path, got: String(value) })
      if (!Object.is(value, -0)) return JSON.stringify(value)
      if (!negativeZero) throw new NotCanonical({ path, got: "-0" })
      return "-0"
    case "object":
      break
    default:
      throw new NotCanonical({ path, got: typeof value })
  }
  if (value === null) return "null"
  if (Array.isArray(value))
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`, negativeZero)).join(",")}]`
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1)
  if (kind !== "Object") throw new NotCanonical({ path, got: kind })
  const record = value as Record<string, unknown>
  const fields = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort() // by UTF-16 code units, as RFC 8785 asks
    .map((key) => `${JSON.stringify(key)}:${write(record[key], path === "" ? key : `${path}.${key}`, negativeZero)}`)
  return `{${fields.join(",")}}`
}

/**
 * The canonical text of a JSON value; fields that are `undefined` are absent.
 *
 * Errors  NotCanonical for NaN, ±Infinity, −0, functions, symbols, bigints, dates, maps, typed arrays: it names the path
 */
export const canonical = (value: unknown): string => write(value, "", false)

/** The same text for values that stages compute, which keep the sign of a zero: JSON has a text for it, keys have not. */
export const canonicalValue = (value: unknown): string => write(value, "", true)

/** SHA-256 as 64 hexadecimal digits. */
export const sha256 = (...parts: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}
