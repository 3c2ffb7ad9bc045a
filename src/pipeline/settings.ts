/**
 * Parameters of a pipeline as they are written on a command line: a value as JSON or as the text that it is, an axis as a
 * list in which the functions of a sweep stand for what they give. Knows nothing of pipelines.
 */
import * as Schema from "effect/Schema"
import { elementOf } from "./Axis.ts"
import { geometric, linear, range, steps } from "./axes.ts"
import { canonicalValue, type Json } from "./canonical.ts"
import { between, draw, type Interval } from "./draws.ts"
import { didYouMean, nearestNames } from "./nearestNames.ts"
import { expectedBy } from "./refusal.ts"

/** What was written and cannot be read: what would have been, in words. */
export class Unreadable {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

/** A schema of values that JSON can hold, whatever they are. */
export const codecOf = (field: Schema.Constraint): Schema.Codec<unknown, Json> =>
  Schema.toCodecJson(field) as unknown as Schema.Codec<unknown, Json>

/** `5_000`, `true`, `[1, 2]` are JSON; anything else is text. */
const parse = (text: string): unknown => {
  const plain = /^-?[\d_]+$/.test(text) ? text.replaceAll("_", "") : text
  try {
    return JSON.parse(plain)
  } catch {
    return text
  }
}

/** Numbers to JavaScript, and not to a schema of finite ones, which would say that it expected a number. */
const isNotFinite = (text: string): boolean => /^[+-]?(NaN|Infinity)$/.test(text)

/** A value as a schema reads it: as JSON, or else as the text that it is. */
const read = (field: Schema.Constraint, text: string): unknown => {
  const decode = Schema.decodeUnknownSync(codecOf(field))
  try {
    return decode(parse(text))
  } catch (cause) {
    try {
      return decode(text)
    } catch {
      const expected = expectedBy(cause as Error)
      throw new Unreadable(expected === "number" && isNotFinite(text) ? "a finite number" : expected)
    }
  }
}

/** The functions that may stand in a list, each with its arguments as they are told of. */
const FUNCTIONS: Readonly<Record<string, readonly [string, (...given: Array<number>) => ReadonlyArray<number>]>> = {
  range: ["count", range],
  steps: ["first, last, step", steps],
  linear: ["first, last, count", linear],
  geometric: ["first, last, count", geometric],
  draw: ["first, last, count, seed", (first, last, count, seed) => drawn("linear", first!, last!, count!, seed!)],
  drawGeometric: [
    "first, last, count, seed",
    (first, last, count, seed) => drawn("geometric", first!, last!, count!, seed!)
  ],
  drawWhole: ["first, last, count, seed", (first, last, count, seed) => drawn("whole", first!, last!, count!, seed!)]
}

const drawn = (scale: Interval["scale"], first: number, last: number, count: number, seed: number) =>
  draw(between(first, last, scale), { count, seed })

/** At commas, but for those inside brackets and quotes: `[64,64],[32]` are two. */
const splitList = (text: string): ReadonlyArray<string> => {
  const items: Array<string> = []
  let [depth, start, quoted] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (quoted && letter === "\\") i++
    else if (letter === '"') quoted = !quoted
    else if (quoted) continue
    else if ("([{".includes(letter)) depth++
    else if (")]}".includes(letter)) depth--
    else if (letter === "," && depth === 0) {
      items.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...items, text.slice(start)].map((item) => item.trim())
}

/** The values that a call stands for; `undefined` where the text is no call. */
const called = (text: string): ReadonlyArray<number> | undefined => {
  const [, name, inside] = text.match(/^([a-zA-Z]+)\((.*)\)$/) ?? []
  if (name === undefined || !Object.hasOwn(FUNCTIONS, name)) return undefined
  const [names, make] = FUNCTIONS[name]!
  const given = splitList(inside!).map(parse)
  if (given.length !== names.split(", ").length || !given.every((value) => typeof value === "number"))
    throw new Unreadable(`${name}(${names}), all numbers`)
  return make(...(given as Array<number>))
}

const refuseFunction = (text: string): void => {
  const [, name] = text.match(/^([a-zA-Z]+)\(/) ?? []
  if (name === undefined) return
  const forms = Object.entries(FUNCTIONS).map(([known, [names]]) => `${known}(${names})`)
  throw new Unreadable(
    `values, or one of ${forms.join(", ")}.${didYouMean(nearestNames(name, Object.keys(FUNCTIONS)))}`
  )
}

/** One item of a list: a value, or several where it is a call. What is wrong names it where there are others. */
const readItem = (value: Schema.Constraint, text: string, isAlone: boolean): ReadonlyArray<unknown> => {
  if (text === "") throw new Unreadable("values with a comma between any two")
  const values = called(text)
  try {
    return values === undefined ? [read(value, text)] : values.map((item) => read(value, String(item)))
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause
    if (values === undefined) refuseFunction(text)
    if (values === undefined && isAlone) throw cause
    throw new Unreadable(
      `${cause.expected} as ${values === undefined ? JSON.stringify(text) : `each value of ${text}`}`
    )
  }
}

const readList = (field: Schema.Constraint, value: Schema.Constraint, text: string): ReadonlyArray<unknown> => {
  if (text.startsWith("[")) {
    const whole = Schema.decodeUnknownOption(codecOf(field))(parse(text))
    if (whole._tag === "Some") return whole.value as ReadonlyArray<unknown>
  }
  const items = splitList(text)
  return items.flatMap((item) => readItem(value, item, items.length === 1))
}

const byIdentity = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => [
  ...new Map(values.map((value) => [canonicalValue(value), value])).values()
]

const isAscending = (values: ReadonlyArray<unknown>): values is ReadonlyArray<number> =>
  values.every((value, i) => typeof value === "number" && (i === 0 || (values[i - 1] as number) < value))

/** The values of an axis with others, each once; in order of size where they were. */
export const grown = (values: ReadonlyArray<unknown>, added: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const all = byIdentity([...values, ...added])
  return isAscending(values) && all.every((value) => typeof value === "number")
    ? [...(all as ReadonlyArray<number>)].sort((a, b) => a - b)
    : all
}

/** Whether a text is written as several values, or a function of them. */
export const isListed = (text: string): boolean => splitList(text).length > 1 || /^[a-zA-Z]+\(.*\)$/.test(text)

/**
 * The value of a parameter.
 *
 * Errors  Unreadable, SweepInvalid, thrown
 */
export const readSetting = (field: Schema.Constraint, text: string): unknown => {
  const value = elementOf(field)
  return value === undefined ? read(field, text) : readList(field, value, text)
}
