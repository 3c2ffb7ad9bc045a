/**
 * The complete description of one execution, and its key. What is not in here cannot change a result; what is in here is
 * stored whole, so the difference of two actions is the whole answer to "why did it run again?".
 */
import * as Schema from "effect/Schema"
import { canonical, canonicalValue, type Json, sha256 } from "./canonical.ts"

const JsonValue = Schema.Unknown as unknown as Schema.Codec<Json, Json>
const JsonRecord = Schema.Record(Schema.String, JsonValue)

/** By content: what the stage's code is. By version: what its author says it is. */
const Code = Schema.Struct({ mode: Schema.Literals(["auto", "pinned"]), identity: Schema.String })

export const Action = Schema.Struct({
  version: Schema.Literal(1),
  stage: Schema.String,
  code: Code,
  params: JsonRecord,
  /** Digests of values; with the keys that made them where the stage declares `provenance`. */
  inputs: JsonRecord,
  /** Only what changes numbers: architecture, device. */
  env: Schema.Record(Schema.String, Schema.String),
  outputs: JsonValue
})
export type Action = typeof Action.Type

/** SHA-256 of the tagged canonical text. A change here invalidates every store: the golden keys of the tests show it. */
export const keyOfText = (text: string | Uint8Array): string => sha256("brink-action-v1\0", text)

export const keyOf = (action: Action): string => keyOfText(canonical(action))

/** The part of an action that all actions of its stage have in common. */
export type Common = Omit<Action, "inputs" | "params">

/** `keyOf` for many actions of one stage: what they have in common is written once. */
export const keysOf = ({ version, stage, code, env, outputs }: Common) => {
  const beforeInputs = `{"code":${canonical(code)},"env":${canonical(env)},"inputs":`
  const beforeParams = `,"outputs":${canonical(outputs)},"params":`
  const end = `,"stage":${canonical(stage)},"version":${canonical(version)}}`
  return (inputs: Action["inputs"], params: Action["params"]): string =>
    keyOfText(`${beforeInputs}${canonical(inputs)}${beforeParams}${canonical(params)}${end}`)
}

/** One difference between two actions: the path of the field, the old value and the new one. */
export interface Change {
  readonly path: string
  readonly from: Json | undefined
  readonly to: Json | undefined
}

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const field = (record: { readonly [key: string]: Json }, name: string): Json | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const isList = (value: Json | undefined): value is ReadonlyArray<Json> => Array.isArray(value)

/** Every field in which two JSON values differ, by path; complete, since it walks the values themselves. */
export const differences = (from: Json | undefined, to: Json | undefined, path = ""): ReadonlyArray<Change> => {
  if (isRecord(from) && isRecord(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()
    return names.flatMap((name) =>
      differences(field(from, name), field(to, name), path === "" ? name : `${path}.${name}`)
    )
  }
  if (isList(from) && isList(to)) {
    const length = Math.max(from.length, to.length)
    return Array.from({ length }, (_, index) => differences(from[index], to[index], `${path}[${index}]`)).flat()
  }
  if (Object.is(from, to) || (from !== undefined && to !== undefined && canonicalValue(from) === canonicalValue(to)))
    return []
  return [{ path, from, to }]
}
