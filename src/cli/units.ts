/**
 * Sizes, times and shares as people type them: `10GB`, `24h`, `2%`. Knows nothing of what they are for.
 */
import * as Option from "effect/Option"

const PREFIXES = ["k", "m", "g", "t"]

/** Powers of 1000; with an i, of 1024. */
const sizeOf = (unit: string): number | undefined => {
  const [whole, prefix, binary] = unit.match(/^(?:([kmgt])(i?))?b?$/) ?? []
  if (whole === undefined) return undefined
  return prefix === undefined ? 1 : (binary === "i" ? 1024 : 1000) ** (PREFIXES.indexOf(prefix) + 1)
}

const TIMES: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000
}

/** A number that is not negative, and what stands behind it, in small letters. */
const split = (text: string): readonly [number, string] | undefined => {
  const [, amount, unit] = text.trim().match(/^(\d[\d_,]*(?:\.\d+)?)\s*([a-zA-Z%]*)$/) ?? []
  return amount === undefined ? undefined : [Number(amount.replaceAll(/[_,]/g, "")), unit!.toLowerCase()]
}

/** `10GB`, `512MiB`, `1000` → bytes */
export const parseBytes = (text: string): Option.Option<number> => {
  const [amount, unit] = split(text) ?? []
  const size = unit === undefined ? undefined : sizeOf(unit)
  return size === undefined ? Option.none() : Option.some(Math.round(amount! * size))
}

/** `24h`, `30min`, `7d` → ms; a unit is needed, but for 0 */
export const parseDuration = (text: string): Option.Option<number> => {
  const [amount, unit] = split(text) ?? []
  if (amount === 0 && unit === "") return Option.some(0)
  const time = unit !== undefined && Object.hasOwn(TIMES, unit) ? TIMES[unit] : undefined
  return time === undefined ? Option.none() : Option.some(amount! * time)
}

/** Some of a whole: a share of it, or a number. */
export interface Part {
  readonly of: (whole: number) => number
}

/** `2%` → at least one of a hundred; `5` → five, or all */
export const parsePart = (text: string): Option.Option<Part> => {
  const [amount, unit] = split(text) ?? []
  if (amount === undefined || amount === 0) return Option.none()
  if (unit === "%" && amount <= 100)
    return Option.some({ of: (whole) => Math.min(whole, Math.ceil((whole * amount) / 100)) })
  return unit === "" && Number.isInteger(amount)
    ? Option.some({ of: (whole) => Math.min(whole, amount) })
    : Option.none()
}
