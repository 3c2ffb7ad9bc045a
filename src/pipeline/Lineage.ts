/**
 * What was made from what, by records alone: which action made an artifact, from which others, and what was made of it. So
 * it holds for everything that was ever stored, whatever the pipelines and the code say now.
 */
import * as Effect from "effect/Effect"
import type { Json } from "./canonical.ts"
import type { Disk } from "./Disk.ts"
import type { RecordUnknown, StoreUnavailable } from "./Errors.ts"
import * as Record from "./Record.ts"
import * as Records from "./Records.ts"
import type { Result } from "./Result.ts"

/** One input of an action: the digest of a value, and the key that made it where the stage asked for it. */
export interface Input {
  readonly name: string
  readonly digest: string
  readonly key: string | undefined
}

/** An executed action, and what it was made from. */
export interface Made {
  readonly result: Result
  readonly stage: string
  readonly inputs: ReadonlyArray<Input>
  /** When it was done by the clock of its host: ms since 1970. */
  readonly at: number
}

export interface Index {
  readonly made: ReadonlyMap<string, Made>
  /** Digest of an output → keys that made it. */
  readonly makers: ReadonlyMap<string, ReadonlyArray<string>>
  /** Digest of an output → keys of the actions that took it. */
  readonly takers: ReadonlyMap<string, ReadonlyArray<string>>
}

const add = (groups: Map<string, Array<string>>, name: string, key: string): void => {
  const group = groups.get(name)
  if (group === undefined) groups.set(name, [key])
  else group.push(key)
}

const inputOf = (name: string, described: Json): Input => {
  if (typeof described === "string") return { name, digest: described, key: undefined }
  const { digest, key } = described as unknown as { readonly digest: string; readonly key: string }
  return { name, digest, key }
}

/** The inputs of an action, however it describes them. */
export const inputsOf = (inputs: { readonly [name: string]: Json }): ReadonlyArray<Input> =>
  Object.entries(inputs).flatMap(([name, described]) =>
    Array.isArray(described)
      ? (described as ReadonlyArray<Json>).map((item, index) => inputOf(`${name}[${index}]`, item))
      : [inputOf(name, described)]
  )

/** An index, and the functions that fill it. */
export const builder = () => {
  const made = new Map<string, Made>()
  const makers = new Map<string, Array<string>>()
  const takers = new Map<string, Array<string>>()
  const index: Index = { made, makers, takers }
  return {
    index,
    /** Enters a record that is whole. */
    enter: ({ key, line, result }: Records.Line): void => {
      const action = result === undefined ? undefined : Record.actionIn(line, key)
      if (result === undefined || action === undefined) return
      const inputs = inputsOf(action.inputs)
      made.set(key, { result, stage: action.stage, inputs, at: result.startedAt + result.milliseconds })
      add(makers, result.output.digest, key)
      for (const digest of new Set(inputs.map((input) => input.digest))) add(takers, digest, key)
    }
  }
}

/** The index of all records of a store. */
export const load = (root: string): Effect.Effect<Index, StoreUnavailable | RecordUnknown, Disk> =>
  Effect.gen(function* () {
    const { index, enter } = builder()
    yield* Records.read(root, enter)
    return index
  })

/** Who made an input: the key that is named, else every action that made those bytes. */
export const makersOf = ({ made, makers }: Index, { digest, key }: Input): ReadonlyArray<string> =>
  key !== undefined && made.has(key) ? [key] : (makers.get(digest) ?? [])

export interface UpstreamOptions {
  /** Nothing behind these is looked at. */
  readonly known?: ReadonlySet<string>
  /** Keys of whole runs: what they took was made by others of these, where any of them made those bytes. */
  readonly among?: ReadonlySet<string>
}

/** The keys of everything that the given keys were made from, themselves included. */
export const upstream = (
  index: Index,
  keys: Iterable<string>,
  { known, among }: UpstreamOptions = {}
): ReadonlySet<string> => {
  const found = new Set<string>()
  const waiting = [...keys]
  const behind = (key: string, input: Input): ReadonlyArray<string> => {
    const makers = makersOf(index, input)
    const own = among?.has(key) === true ? makers.filter((maker) => among.has(maker)) : []
    return own.length > 0 ? own : makers
  }
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (found.has(key) || known?.has(key) === true) continue
    found.add(key)
    for (const input of index.made.get(key)?.inputs ?? []) waiting.push(...behind(key, input))
  }
  return found
}

/** One arrow between two actions, seen from one of them. */
export interface Step {
  /** The name of the argument that the artifact was given as. */
  readonly input: string
  readonly digest: string
  /** The action at the other end; `undefined` where its record is gone. */
  readonly key: string | undefined
  /** How many other actions made the very same bytes. */
  readonly others: number
}

/** What an action was made from: of several makers of the same bytes, the last one before it. */
export const stepsUp = (index: Index, key: string): ReadonlyArray<Step> => {
  const own = index.made.get(key)
  return (own?.inputs ?? []).map((input) => {
    // What it made itself is no input of it, though its bytes may be the same.
    const makers = makersOf(index, input)
      .filter((maker) => maker !== key)
      .sort((a, b) => index.made.get(b)!.at - index.made.get(a)!.at)
    const before = makers.find((maker) => index.made.get(maker)!.at <= own!.result.startedAt)
    return {
      input: input.name,
      digest: input.digest,
      key: before ?? makers.at(-1),
      others: Math.max(0, makers.length - 1)
    }
  })
}

/** What was made of an action's artifact. */
export const stepsDown = (index: Index, key: string): ReadonlyArray<Step> => {
  const digest = index.made.get(key)?.result.output.digest
  if (digest === undefined) return []
  const others = (index.makers.get(digest)?.length ?? 1) - 1
  const takers = (index.takers.get(digest) ?? []).filter((taker) => taker !== key)
  return takers.flatMap((taker) =>
    index.made
      .get(taker)!
      .inputs.filter((input) => input.digest === digest && (input.key === undefined || input.key === key))
      .slice(0, 1)
      .map(({ name }) => ({ input: name, digest, key: taker, others }))
  )
}

/** Every action that is reached by steps from the given ones, those first; with the arrows between them. */
export const reached = (
  keys: ReadonlyArray<string>,
  stepsOf: (key: string) => ReadonlyArray<Step>,
  depth: number
): { readonly keys: ReadonlyArray<string>; readonly steps: ReadonlyArray<Step & { readonly of: string }> } => {
  const found = new Map(keys.map((key) => [key, 0]))
  const steps: Array<Step & { readonly of: string }> = []
  for (const [key, level] of found) {
    if (level >= depth) continue
    for (const step of stepsOf(key)) {
      steps.push({ of: key, ...step })
      if (step.key !== undefined && !found.has(step.key)) found.set(step.key, level + 1)
    }
  }
  return { keys: [...found.keys()], steps }
}
