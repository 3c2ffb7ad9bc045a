/**
 * Makes results once more, to see whether they come out the same: each in a store of its own, with the very code and inputs
 * of the first time. A second, different result is kept beside the first and never takes its place. Knows nothing of how
 * actions are executed.
 */
import * as Effect from "effect/Effect"
import { type Action, type Change, differences } from "./Action.ts"
import type { Blob, Manifest } from "./Artifact.ts"
import { type Json, sha256 } from "./canonical.ts"
import { Disk } from "./Disk.ts"
import { type ArtifactCorrupt, type ArtifactMissing, StoreUnavailable } from "./Errors.ts"
import { type ExecutionFailure, Executor } from "./Executor.ts"
import type { Code } from "./Fingerprint.ts"
import { type Index, type Input, inputsOf, makersOf } from "./Lineage.ts"
import { parseJson } from "./parseJson.ts"
import { codeBehind, objectsOf, type Result } from "./Result.ts"
import { Store } from "./Store.ts"

type StoreShape = Store["Service"]

/** A result that can be made again, with everything that it takes. */
export interface Candidate {
  readonly result: Result
  readonly action: Action
  readonly code: Code
  readonly inputs: { readonly [name: string]: Result | ReadonlyArray<Result> }
}

/** Why one cannot. */
export interface Refused {
  readonly result: Result
  readonly because: string
}

export type Verdict = { readonly candidate: Candidate } & (
  | { readonly _tag: "Same"; readonly milliseconds: number }
  | {
      readonly _tag: "Different"
      readonly second: Result
      /** Every field and file in which the two values differ. */
      readonly changes: ReadonlyArray<Change>
    }
  | { readonly _tag: "Failed"; readonly error: ExecutionFailure }
)

/** So many of the keys, drawn by a seed: the same seed draws the same. */
export const sample = <A>(
  all: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  seed: string,
  count: number
): ReadonlyArray<A> =>
  all
    .map((item) => ({ item, rank: sha256("brink-sample-v1\0", seed, "\0", keyOf(item)) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ item }) => item)

/** The whole result behind an input, if there is one. */
const resultOf = (store: StoreShape, index: Index, input: Input) =>
  Effect.gen(function* () {
    for (const key of makersOf(index, input)) {
      const found = yield* store.find(key)
      if (found._tag === "Hit" && found.result.output.digest === input.digest) return found.result
    }
    return undefined
  })

/**
 * Everything that it takes to make a result again, or why it cannot be. `problemOf` tells what is wrong with its code
 * or with files that it takes, if anything is.
 */
export const candidate = <E, R>(
  index: Index,
  key: string,
  problemOf: (code: Code, action: Action) => Effect.Effect<string | undefined, E, R>
): Effect.Effect<Candidate | Refused, StoreUnavailable | E, R | Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const { result } = index.made.get(key)!
    const refuse = (because: string): Refused => ({ result, because })
    const found = yield* store.action(key)
    if (found._tag === "None") return refuse("its record is gone")
    const action = found.value
    if (action.env["architecture"] !== process.arch) return refuse(`it was made on ${action.env["architecture"]}`)
    const bytes = yield* Effect.option(store.get(codeBehind(result)))
    const code = parseJson<Code>(bytes._tag === "Some" ? bytes.value : undefined)
    if (code === undefined) return refuse("the record of its code is gone")
    const problem = yield* problemOf(code, action)
    if (problem !== undefined) return refuse(problem)
    const inputs: Record<string, Result | ReadonlyArray<Result>> = {}
    for (const [name, described] of Object.entries(action.inputs)) {
      const all: Array<Result> = []
      for (const input of inputsOf({ [name]: described })) {
        const taken = yield* resultOf(store, index, input)
        if (taken === undefined) return refuse(`its input ${input.name} is not whole`)
        all.push(taken)
      }
      inputs[name] = Array.isArray(described) ? all : all[0]!
    }
    return { result, action, code, inputs }
  })

/** Lays an object of one store into another: by another name for the same bytes where that can be. */
const lend = (from: StoreShape, to: StoreShape, digest: string) =>
  Effect.gen(function* () {
    const disk = yield* Disk
    const [source, target] = [from.blobPath(digest), to.blobPath(digest)]
    if ((yield* disk.size(target)) !== undefined) return
    const bytes = disk
      .read(source)
      .pipe(
        Effect.flatMap((content) =>
          content === undefined
            ? Effect.fail(new StoreUnavailable({ operation: "read", path: source, code: "ENOENT" }))
            : to.put(content)
        )
      )
    yield* Effect.catch(disk.link(source, target), () => bytes)
  })

/** What differs between two stored files, in one line. */
const fileChange = (path: string, first: Uint8Array | undefined, second: Uint8Array | undefined): Change => {
  const describe = (bytes: Uint8Array | undefined): Json =>
    bytes === undefined ? "absent" : `${bytes.byteLength} bytes, ${sha256(bytes).slice(0, 12)}`
  if (first === undefined || second === undefined || first.byteLength !== second.byteLength)
    return { path, from: describe(first), to: describe(second) }
  let count = 0
  let at = -1
  for (let i = 0; i < first.byteLength; i++) {
    if (first[i] === second[i]) continue
    if (at < 0) at = i
    count++
  }
  return {
    path: `${path} (${count} of ${first.byteLength} bytes, from byte ${at})`,
    from: describe(first),
    to: describe(second)
  }
}

/** Every field and file in which two artifacts differ. */
const changesOf = (
  first: Manifest,
  second: Manifest,
  read: (of: "first" | "second", blob: Blob) => Effect.Effect<Uint8Array | undefined>
) =>
  Effect.gen(function* () {
    const fields = differences(first.value, second.value)
    const paths = [...new Set([...Object.keys(first.files), ...Object.keys(second.files)])].sort()
    const files: Array<Change> = []
    for (const path of paths) {
      const [before, after] = [first.files[path], second.files[path]]
      if (before?.digest === after?.digest) continue
      const bytes = (of: "first" | "second", blob: Blob | undefined) =>
        blob === undefined ? Effect.succeed(undefined) : read(of, blob)
      files.push(fileChange(path, yield* bytes("first", before), yield* bytes("second", after)))
    }
    return [...fields, ...files]
  })

/** Keeps a second result, with all that it names, beside the first. */
const keep = (store: StoreShape, scratch: StoreShape, action: Action, second: Result) =>
  Effect.gen(function* () {
    for (const digest of objectsOf(second)) yield* lend(scratch, store, digest)
    yield* store.keepBeside(action, second)
  })

/**
 * Makes one result again: the executor and the store in the context are those of the scratch store, `store` is the one that
 * holds the first.
 *
 * Errors  StoreUnavailable, and where the first result is damaged, ArtifactMissing or ArtifactCorrupt
 */
export const rerun = (
  store: StoreShape,
  candidate: Candidate,
  run: string
): Effect.Effect<Verdict, StoreUnavailable | ArtifactMissing | ArtifactCorrupt, Store | Disk | Executor> =>
  Effect.gen(function* () {
    const scratch = yield* Store
    const executor = yield* Executor
    const { result, action, code, inputs } = candidate
    for (const input of Object.values(inputs).flat() as ReadonlyArray<Result>)
      for (const digest of objectsOf(input)) yield* lend(store, scratch, digest)
    // From the beginning: no state of another action is in a scratch store, and none is left there.
    const task = { address: result.address, key: result.key, action, code, inputs, run, extends: [], fromStart: true }
    const ran = yield* Effect.result(executor.execute(task, () => undefined))
    if (ran._tag === "Failure") return { _tag: "Failed", candidate, error: ran.failure }
    const second = ran.success
    if (second.output.digest === result.output.digest)
      return { _tag: "Same", candidate, milliseconds: second.milliseconds }
    const changes = yield* changesOf(yield* store.manifest(result), yield* scratch.manifest(second), (of, blob) =>
      Effect.orElseSucceed((of === "first" ? store : scratch).get(blob), () => undefined)
    )
    yield* keep(store, scratch, action, second)
    return { _tag: "Different", candidate, second, changes }
  })

/** Where a result was made. */
export const placeOf = ({ host, platform }: Pick<Result, "host" | "platform">): string => `${host} (${platform})`
