/**
 * JSON objects that tell whether they are as they were written: a check sum over the rest of the text comes first. Other
 * programs read them as any JSON. Says nothing about the fields.
 */
import { crc32 } from "node:zlib"
import { parseJson } from "./parseJson.ts"

const HEAD = '{"check":"'
const DIGITS = 8
const REST = HEAD.length + DIGITS + 2 // {"check":"01234567",…

const checkOf = (rest: string | Uint8Array): string => crc32(rest).toString(16).padStart(DIGITS, "0")

/** The text of an object that has at least one field. */
export const encode = (value: object): string => {
  const rest = JSON.stringify(value).slice(1)
  return `${HEAD}${checkOf(rest)}",${rest}`
}

/** The object of a text; `undefined` where there is none, or it is not as it was written. */
export const decode = <A extends object>(json: Uint8Array | string | undefined): A | undefined => {
  if (json === undefined) return undefined
  const bytes =
    typeof json === "string" ? Buffer.from(json) : Buffer.from(json.buffer, json.byteOffset, json.byteLength)
  if (bytes.toString("latin1", 0, HEAD.length) !== HEAD) return undefined
  if (bytes.toString("latin1", HEAD.length, REST) !== `${checkOf(bytes.subarray(REST))}",`) return undefined
  const value = parseJson<A & { readonly check: string }>(bytes)
  if (value === undefined) return undefined
  const { check: _, ...rest } = value
  return rest as unknown as A
}
